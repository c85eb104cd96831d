import { copyFileSync, existsSync, rmSync } from "node:fs";
import path from "node:path";
import type { CommandReply, CostReport, CostRow, CostTable, MessageView, SessionView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import type { OpencodeSession } from "./harness/opencode.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

const SUFFIXES = ["", "-wal", "-shm"];
/** A tenth of a micro-dollar in each: what is rounded by message is wrong after a few of them. */
const ODD = "[[usage: in=2 out=0 cached=1]]";

describe("what the ledger has is what opencode says", () => {
  let stage: Stage;
  let ada: Agent;
  /** the sessions at the top, as they were begun */
  const roots: string[] = [];
  /** what opencode's total of a session lacks of what was paid for, or has beside it */
  const besides = new Map<string, Figures>();
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    ada = stage.agent("ada", { projects: ["engine"], permission: { bash: "allow" } });
    await stage.startSupervisor();
    ada.start();
    await stage.nodeUp(ada);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const begin = async (prompt: string): Promise<string> => {
    const { session_id: id } = await stage.halctl.json<CommandReply>("sessions", "start", "engine", prompt);
    roots.push(id as string);
    return id as string;
  };
  const ask = async (prompt: string): Promise<string> => {
    const answer = await stage.halctl.json<{ session: SessionView }>("sessions", "start", "engine", prompt, "--wait");
    roots.push(answer.session.id);
    return answer.session.id;
  };
  const goOn = (id: string, prompt: string): Promise<unknown> =>
    stage.halctl.json("sessions", "prompt", id, prompt, "--wait");

  /** A session of opencode's with all below it. */
  const treeOf = async (id: string): Promise<OpencodeSession[]> => {
    const [own, children] = await Promise.all([ada.opencode().session(id), ada.opencode().children(id)]);
    return [own, ...(await Promise.all(children.map((child) => treeOf(child.id)))).flat()];
  };

  /** What opencode says of some sessions together, of all kinds of tokens, and in dollars. */
  const sumOf = (sessions: readonly OpencodeSession[]): Figures => {
    const sum = (of: (session: OpencodeSession) => number): number =>
      sessions.reduce((total, session) => total + of(session), 0);
    return {
      dollars: sum(({ cost }) => cost),
      input: sum(({ tokens }) => tokens.input),
      output: sum(({ tokens }) => tokens.output),
      reasoning: sum(({ tokens }) => tokens.reasoning),
      cacheRead: sum(({ tokens }) => tokens.cache.read),
      cacheWrite: sum(({ tokens }) => tokens.cache.write),
    };
  };

  /** Both, in micro-dollars and by kinds of tokens. */
  const compared = async (): Promise<[told: object, held: object]> => {
    const { rows } = await stage.api<CostTable>("/cost/report?period=week&by=session&limit=1000");
    const all = await Promise.all(roots.map(async (id) => [id, await treeOf(id)] as const));
    const theirs = all.map(([id, tree]) => {
      const { dollars, ...tokens } = plus(sumOf(tree), besides.get(id) ?? NOTHING);
      return [id, { micro: Math.round(dollars * 1e6), ...tokens }] as const;
    });
    const known = new Map(rows.map((row) => [row.session, row]));
    const told = roots.map((id) => {
      const { dollars, ...tokens } = figuresOf(known.get(id));
      return [id, { micro: Math.round(dollars * 1e6), ...tokens }] as const;
    });
    return [Object.fromEntries(told), Object.fromEntries(theirs)];
  };

  const toldOf = async (id: string): Promise<Figures | undefined> => {
    const { rows } = await stage.api<CostTable>("/cost/report?period=week&by=session&limit=1000");
    const row = rows.find(({ session }) => session === id);
    return row === undefined ? undefined : figuresOf(row);
  };

  const sameAsOpencode = (): Promise<void> =>
    eventually(async () => {
      const [told, held] = await compared();
      expect(told).toEqual(held);
    }, 60_000);

  test("of plain, cached and reasoning turns, to the micro-dollar, however many there are", async () => {
    await ask("[[usage: in=101 out=7]] [[say: plain]]");
    await ask("[[usage: in=10001 out=1 cached=4007]] [[say: cached]]");
    await ask("[[usage: in=10 out=1003 reasoning=211]] [[say: reasoned]]");
    const odd = await ask(`${ODD} [[say: 1]]`);
    for (let turn = 2; turn <= 8; turn += 1) await goOn(odd, `${ODD} [[say: ${turn}]]`);
    await sameAsOpencode();
    // 8 × 3.3 micro-dollars, and not 8 × 3
    expect((await stage.session(odd)).cost).toBeCloseTo(0.000_026_4, 6);
  });

  test("of turns of many steps, of sub-agents, and of what somebody stops", async () => {
    await ask(
      `${ODD} [[tool: bash {"command": "echo 1", "description": "one"}]] [[tool: bash {"command": "echo 2", "description": "two"}]] [[say: both]]`,
    );
    const task = {
      description: "count",
      prompt: `[[usage: in=1000 out=100 cached=7]] [[say: 3]]`,
      subagent_type: "general",
    };
    await ask(`${ODD} [[tool: task ${JSON.stringify(task)}]] [[say: three, it says]]`);
    const stopped = await ask(`${ODD} [[say: before it]]`);
    await stage.halctl.json("sessions", "prompt", stopped, "[[slow: 600]]");
    await stage.sessionIn(stopped, "busy");
    expect((await stage.halctl.run("sessions", "abort", stopped)).code).toBe(0);
    await stage.sessionIn(stopped, "idle");
    await goOn(stopped, `${ODD} [[say: and behind it]]`);
    await sameAsOpencode();
  });

  test("of what its provider refused at first, and of a conversation that was compacted", async () => {
    await ask(`${ODD} [[429: 1]] [[say: at last]]`);
    const long = await ask(`${ODD} [[say: a long story]]`);
    await ada.opencode().post(`/session/${long}/summarize`, { providerID: "scripted", modelID: "scripted-model" });
    await eventually(async () => expect((await stage.session(long)).compactions).toBe(1));
    await goOn(long, `${ODD} [[say: goes on]]`);
    await sameAsOpencode();
  });

  test("of a fork, which cost nothing until it goes on", async () => {
    const first = await ask("[[usage: in=40000 out=1000]] [[say: dear]]");
    const before = new Set((await stage.api<SessionView[]>("/sessions?limit=1000")).map(({ id }) => id));
    await ada.opencode().post(`/session/${first}/fork`);
    const fork = await eventually(async () => {
      const found = (await stage.api<SessionView[]>("/sessions?limit=1000")).find(({ id }) => !before.has(id));
      if (found === undefined) throw new Error("the fork is not told yet");
      return found.id;
    });
    roots.push(fork);
    // opencode's total of a fork has the copies in it, which were paid for once
    const copies = sumOf([await ada.opencode().session(fork)]);
    expect(copies).toMatchObject({ input: 40_000, output: 1_000 });
    besides.set(fork, plus(NOTHING, copies, -1));
    await goOn(fork, `${ODD} [[say: another way]]`);
    await sameAsOpencode();
    expect(await toldOf(fork)).toMatchObject({ input: 1, output: 0, cacheRead: 1 });
  });

  test("of what somebody undid, which was paid for", async () => {
    const undone = await ask(`${ODD} [[say: the first]]`);
    const first = sumOf([await ada.opencode().session(undone)]);
    await goOn(undone, "[[usage: in=5001 out=7]] [[say: the second]]");
    const both = sumOf([await ada.opencode().session(undone)]);
    const second = (await stage.messages(undone))[2] as MessageView;
    await ada.opencode().post(`/session/${undone}/revert`, { messageID: second.id });
    await sameAsOpencode();
    await goOn(undone, `${ODD} [[say: another second]]`);
    // once the messages are gone for good opencode's total is without them
    besides.set(undone, plus(both, first, -1));
    await sameAsOpencode();
    expect(await toldOf(undone)).toMatchObject({ input: 5_003, output: 7, cacheRead: 2 });
  });

  test("and of whom it was, and what all of it came to", async () => {
    const report = await stage.api<CostTable>("/cost/report?period=week&by=node,actor");
    const { rows, total } = report;
    // what somebody compacted in opencode itself is of the session's owner, too
    expect(new Set(rows.map(({ node, actor }) => `${node} ${actor}`))).toEqual(new Set(["ada shared-token"]));
    const all = await stage.halctl.json<CostReport>("cost", "week");
    expect(Math.round(all.total_cost_usd * 1e6)).toBe(Math.round(total.cost_usd * 1e6));
    expect(all.kinds).toEqual({ opencode_usd: all.total_cost_usd, estimated_usd: 0, unpriced_tokens: 0 });
    const csv = await stage.halctl.run("cost", "week", "--by", "session", "-o", "csv");
    expect(csv.stdout.trim().split("\n")).toHaveLength(1 + roots.length);
    expect((await stage.halctl.run("cost", "forecast")).stdout).toContain("no forecast yet");
  });

  test("after supervisor and agent were killed in the middle of their work", async () => {
    const steps = Array.from(
      { length: 6 },
      (_, n) => `[[tool: bash {"command": "sleep 0.3; echo ${n}", "description": "${n}"}]]`,
    );
    await Promise.all([0, 1, 2].map(() => begin(`${ODD} ${steps.join(" ")} [[say: done]]`)));
    const working = roots.slice(-3);
    await eventually(async () => {
      for (const id of working) expect((await stage.session(id)).cost).toBeGreaterThan(0);
    });
    await stage.supervisor.kill();
    await ada.program.kill();
    await stage.startSupervisor();
    ada.start();
    await stage.nodeUp(ada);
    for (const id of working)
      await eventually(
        async () => expect((await stage.session(id)).status).not.toMatch(/busy|starting|unreachable/),
        60_000,
      );
    await sameAsOpencode();
    for (const id of working) await goOn(id, `${ODD} [[say: after it]]`);
    await sameAsOpencode();
  });

  test("after an older copy of each database was put in its place", async () => {
    const agentDatabase = path.join(ada.dataDir, "agent.db");
    const stop = async (): Promise<void> => {
      await ada.stop();
      await stage.supervisor.stop();
    };
    const goUp = async (): Promise<void> => {
      await stage.startSupervisor();
      ada.start();
      await stage.nodeUp(ada);
    };
    await stop();
    for (const database of [stage.supervisorDatabase, agentDatabase]) copy(database, `${database}.older`);
    await goUp();
    await ask(`${ODD} [[say: since then]]`);
    await sameAsOpencode();
    for (const databases of [[stage.supervisorDatabase], [agentDatabase]]) {
      await stop();
      for (const database of databases) copy(`${database}.older`, database);
      await goUp();
      await sameAsOpencode();
      await goOn(roots.at(-1) ?? "", `${ODD} [[say: and on]]`);
      await sameAsOpencode();
    }
    expect(await toldOf(roots.at(-1) ?? "")).toMatchObject({ cacheRead: 3 });
  });
});

interface Figures {
  readonly dollars: number;
  readonly input: number;
  readonly output: number;
  readonly reasoning: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

const NOTHING: Figures = { dollars: 0, input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };

function plus(one: Figures, other: Figures, sign = 1): Figures {
  return {
    dollars: one.dollars + sign * other.dollars,
    input: one.input + sign * other.input,
    output: one.output + sign * other.output,
    reasoning: one.reasoning + sign * other.reasoning,
    cacheRead: one.cacheRead + sign * other.cacheRead,
    cacheWrite: one.cacheWrite + sign * other.cacheWrite,
  };
}

function figuresOf(row: CostRow | undefined): Figures {
  return {
    dollars: row?.cost_usd ?? 0,
    input: row?.input_tokens ?? 0,
    output: row?.output_tokens ?? 0,
    reasoning: row?.reasoning_tokens ?? 0,
    cacheRead: row?.cache_read_tokens ?? 0,
    cacheWrite: row?.cache_write_tokens ?? 0,
  };
}

/** A database whose program is not running. */
function copy(from: string, to: string): void {
  for (const suffix of SUFFIXES) {
    rmSync(to + suffix, { force: true });
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
  }
}
