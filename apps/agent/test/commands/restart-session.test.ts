import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandFrame, NO_DEADLINE_MS } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HANDOVER_FILES, HANDOVER_PROMPT } from "../../src/capabilities/commands/restart/handover-texts.ts";
import type { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import { UnclearError } from "../../src/domain/unclear-error.ts";
import type { AgentStage } from "../support/agent-stage.ts";
import { endOf, knowsSession, openCommandStage, runnerOn } from "../support/commands.ts";
import type { OpencodeApiDouble } from "../support/opencode-api-double.ts";

/** The project: what a handover writes is really there. */
let folder: string;
let double: OpencodeApiDouble;
let stage: AgentStage;
let runner: CommandRunner;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "hal restart ")));
  ({ double, stage, runner } = await openCommandStage(folder));
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

let made = 0;
async function take(args: object, command = "session.restart"): Promise<string> {
  made += 1;
  const frame: CommandFrame = { type: "command", id: `cmd_${made}`, command, args, remainingMs: NO_DEADLINE_MS };
  await runner.take(frame);
  return frame.id;
}

const plain = { sessionId: "ses_1", handover: false };
const handover = { sessionId: "ses_1", handover: true, timeoutMs: 60_000 };

/** The turn of the newest prompt comes to its end. */
function ends(): void {
  double.assistant("ses_1", `${double.prompts.at(-1)?.messageId}z`, Date.now());
  double.status("ses_1", { type: "idle" });
}

/** A session that writes down where it stands as soon as it is asked to. */
function handsOver(): void {
  double.before.set("prompted", () => {
    if (double.prompts.at(-1)?.text !== HANDOVER_PROMPT) return;
    setTimeout(() => {
      writes();
      ends();
    }, 200);
  });
}

function writes(files: readonly string[] = HANDOVER_FILES): void {
  mkdirSync(join(folder, ".context"), { recursive: true });
  for (const file of files) writeFileSync(join(folder, file), `at ${performance.now()}`);
}

async function asked(): Promise<void> {
  await expect.poll(() => double.prompts.at(-1)?.text).toBe(HANDOVER_PROMPT);
  await expect.poll(() => stage.context.book.get("ses_1")?.status).toBe("busy");
}

/** How its handover came out. */
const handoverOf = async (id: string): Promise<unknown> =>
  ((await endOf(stage, id)).data["output"] as { readonly handover: unknown }).handover;

const texts = (): string[] => double.prompts.map(({ sessionId, text }) => `${sessionId} ${text}`);
/** Which sessions were told to begin and to end, and of which other one that was said. */
const told = async (): Promise<unknown[]> =>
  (await stage.told())
    .filter(({ type }) => type === "session.started" || type === "session.ended")
    .map(({ type, session, data }) => [session, type, data["continues"] ?? data["continuedBy"]]);

/** Of opencode's sessions, those that are not archived. */
const live = (): string[] => {
  const archived = new Set(double.asked.filter((one) => one.startsWith("archive")).map((one) => one.slice(8)));
  return [...double.sessionsIn.keys()].filter((id) => !archived.has(id));
};

describe("a plain restart", () => {
  it("ends the old session and begins one that goes on from it, and takes over what it was", async () => {
    await knowsSession(stage, "busy", folder);
    const id = await take({ ...plain, prompt: "go on" });
    expect((await endOf(stage, id)).data).toMatchObject({
      output: { sessionId: "ses_2", continues: "ses_1", ended: ["ses_1"], handover: { state: "not_asked" } },
    });
    expect(live()).toEqual(["ses_2"]);
    expect(texts()).toEqual(["ses_2 go on"]);
    expect(double.asked.indexOf("abort ses_1")).toBeLessThan(double.asked.indexOf("archive ses_1"));
    expect(await told()).toEqual([
      ["ses_1", "session.started", undefined],
      ["ses_2", "session.started", "ses_1"],
      ["ses_1", "session.ended", "ses_2"],
    ]);
    // in one transaction
    const [, begins, ends1] = (await stage.told()).filter(({ type }) => /started|ended/.test(type));
    expect((ends1?.seq ?? 0) - (begins?.seq ?? 0)).toBe(1);
    expect(stage.context.book.get("ses_2")?.saved.continues).toBe("ses_1");
    expect(double.sessionsIn.get("ses_2")).toMatchObject({ title: "t" });
  });

  it("goes on from what was written down where nothing else is said", async () => {
    await knowsSession(stage, "idle", folder);
    await endOf(stage, await take(plain));
    expect(double.prompts[0]?.text).toMatch(/no full handover: it was restarted without a handover.*CURRENT_TASK/s);
  });

  it("takes over model and agent, and ends children with their root", async () => {
    await knowsSession(stage, "idle", folder);
    double.row("ses_1", "session.updated.1", {
      info: {
        id: "ses_1",
        directory: folder,
        title: "Mend",
        agent: "plan",
        model: { providerID: "a", id: "b" },
        time: { created: 1 },
      },
    });
    double.session("ses_child", folder, { parentID: "ses_1" });
    await expect.poll(() => stage.context.book.get("ses_child")?.managed).toBe(true);
    const { data } = await endOf(stage, await take(plain));
    expect(data).toMatchObject({ output: { ended: ["ses_1", "ses_child"] } });
    expect(double.sessionsIn.get("ses_3")).toMatchObject({ title: "Mend" });
    expect(double.prompts[0]).toMatchObject({ sessionId: "ses_3", model: "a/b", agent: "plan" });
    expect(live()).toEqual(["ses_3"]);
  });

  it("refuses what has ended, and says where that goes on", async () => {
    await knowsSession(stage, "idle", folder);
    await endOf(stage, await take(plain));
    const again = await endOf(stage, await take(plain));
    expect(again.data).toMatchObject({
      error: { code: "conflict", message: expect.stringContaining("goes on as ses_2") },
    });
    const prompt = await endOf(stage, await take({ sessionId: "ses_1", text: "more" }, "session.prompt"));
    expect(prompt.data).toMatchObject({ error: { message: expect.stringContaining("goes on as ses_2") } });
    expect(live()).toEqual(["ses_2"]);
  });

  it("ends the old one, too, where somebody deletes the new one at once, and says so", async () => {
    await knowsSession(stage, "idle", folder);
    double.tellsOfCreated = false;
    double.before.set("created", () => double.deleteSession("ses_2"));
    const { data } = await endOf(stage, await take(plain));
    expect(data).toMatchObject({ error: { details: { sessionId: "ses_2" } } });
    expect([live(), stage.context.book.get("ses_1")?.status]).toEqual([[], "ended"]);
  });

  it("is refused where its project is held, and changes nothing", async () => {
    await knowsSession(stage, "busy", folder);
    await stage.context.holds.take([{ id: "hold_1", scope: "fleet", since: 1, by: "ann" }]);
    const { data } = await endOf(stage, await take(plain));
    expect(data).toMatchObject({ error: { code: "held" } });
    expect([double.asked, live()]).toEqual([[], ["ses_1"]]);
  });
});

describe("a handover", () => {
  beforeEach(() => knowsSession(stage, "idle", folder));

  it("has the session write down where it stands before it ends, and the new one go on from there", async () => {
    handsOver();
    const id = await take(handover);
    expect(await handoverOf(id)).toEqual({ state: "done", reason: "its agent wrote down where it stands" });
    expect(double.prompts.map(({ sessionId }) => sessionId)).toEqual(["ses_1", "ses_2"]);
    expect(double.prompts[1]?.text).toMatch(/wrote down where it stopped/);
    expect(live()).toEqual(["ses_2"]);
  });

  it("names what its agent did not write, and has the new one not trust it", async () => {
    const id = await take(handover);
    await asked();
    writes([".context/PROGRESS.md"]);
    ends();
    expect(await handoverOf(id)).toEqual({
      state: "unwritten",
      reason: "its agent came to the end of the handover and did not write .context/CURRENT_TASK.md",
    });
    expect(double.prompts[1]?.text).toMatch(/no full handover/);
  });

  it("is not taken for files that were there before", async () => {
    writes();
    const id = await take(handover);
    await asked();
    ends();
    expect(await handoverOf(id)).toMatchObject({ state: "unwritten" });
  });

  it("ends after its time the plain way, and says so", async () => {
    const id = await take({ ...handover, timeoutMs: 300 });
    expect(await handoverOf(id)).toMatchObject({ state: "timed_out", reason: expect.stringMatching(/in time/) });
    expect(double.asked).toContain("abort ses_1");
    expect(live()).toEqual(["ses_2"]);
  });

  it("ends the plain way where its turn fails, with the reason", async () => {
    const id = await take(handover);
    await asked();
    double.tell("session.error", { sessionID: "ses_1", error: { name: "APIError", data: { message: "overloaded" } } });
    double.status("ses_1", { type: "idle" });
    expect(await handoverOf(id)).toMatchObject({ state: "failed", reason: expect.stringMatching(/overloaded/) });
    expect(live()).toEqual(["ses_2"]);
  });

  it("does not restart a session whose turn a person stops meanwhile", async () => {
    const id = await take(handover);
    await asked();
    await endOf(stage, await take({ sessionId: "ses_1" }, "session.abort"));
    expect((await endOf(stage, id)).data).toMatchObject({ error: { code: "cancelled" } });
    expect([live(), stage.context.book.get("ses_1")?.status]).toEqual([["ses_1"], "idle"]);
  });

  it("begins no other session where a person kills the one that hands over", async () => {
    const id = await take(handover);
    await asked();
    await endOf(stage, await take({ sessionId: "ses_1" }, "session.kill"));
    expect((await endOf(stage, id)).data).toMatchObject({ error: { code: "cancelled" } });
    expect(double.sessionsIn.size).toBe(1);
  });

  it("goes into the turn that runs", async () => {
    double.status("ses_1", { type: "busy" });
    await expect.poll(() => stage.context.book.get("ses_1")?.status).toBe("busy");
    handsOver();
    expect(await handoverOf(await take(handover))).toMatchObject({ state: "done" });
    expect(double.asked.filter((one) => one === "abort ses_1")).toHaveLength(2);
    expect(double.asked[0]).toBe("abort ses_1");
    expect(double.prompts[0]?.text).toBe(HANDOVER_PROMPT);
  });

  it("stops a turn first that waits for a person, and rejects what it asked", async () => {
    const permission = { id: "per_1", sessionID: "ses_1", permission: "bash", patterns: [], always: [], metadata: {} };
    double.status("ses_1", { type: "busy" });
    double.openPermissions.push(permission);
    double.tell("permission.asked", permission);
    await expect.poll(() => stage.context.book.get("ses_1")?.status).toBe("waiting");
    handsOver();
    expect(await handoverOf(await take(handover))).toMatchObject({ state: "done" });
    expect(double.asked.slice(0, 2)).toEqual(["abort ses_1", "reject per_1"]);
  });

  it("stops a sub-agent first that waits for a person: the turn above it takes no prompt meanwhile", async () => {
    const permission = { id: "per_1", sessionID: "ses_c", permission: "bash", patterns: [], always: [], metadata: {} };
    double.session("ses_c", folder, { parentID: "ses_1" });
    for (const id of ["ses_1", "ses_c"]) double.status(id, { type: "busy" });
    double.openPermissions.push(permission);
    double.tell("permission.asked", permission);
    await expect.poll(() => stage.context.book.get("ses_c")?.status).toBe("waiting");
    handsOver();
    expect(await handoverOf(await take(handover))).toMatchObject({ state: "done" });
    expect(double.asked.slice(0, 3)).toEqual(["abort ses_c", "abort ses_1", "reject per_1"]);
  });

  it("begins nothing more once everything was stopped", async () => {
    const id = await take(handover);
    await asked();
    await endOf(stage, await take({}, "node.stop"));
    expect((await endOf(stage, id)).data).toMatchObject({ error: { code: "cancelled" } });
    expect(live()).toEqual(["ses_1"]);
  });
});

/** What is asked of opencode in the course of a restart, in its order. */
const PLACES = ["prompt", "prompted", "abort", "create", "created", "archive", "archived"] as const;

describe("a restart in which something dies", () => {
  beforeEach(async () => {
    await knowsSession(stage, "busy", folder);
    handsOver();
  });

  /** Does `how` the first time that opencode comes to a place; of a prompt to the old session, or to the new one. */
  function once(place: string, how: () => Promise<void> | void, session = "ses_1"): void {
    const usual = double.before.get(place);
    double.before.set(place, async () => {
      const isMeant = !place.startsWith("prompt") || double.prompts.at(-1)?.sessionId === session;
      if (place === "prompt" ? double.prompts.length > 0 !== (session === "ses_2") : !isMeant) return usual?.();
      double.before.delete(place);
      if (usual !== undefined) double.before.set(place, usual);
      await usual?.();
      return how();
    });
  }

  /** What it came to, once it has its outcome. */
  async function outcome(id: string) {
    const { data } = await endOf(stage, id);
    await expect.poll(() => stage.context.book.get("ses_1")?.status).toBe("ended");
    return {
      output: data["output"],
      sessions: [...double.sessionsIn.keys()],
      live: live(),
      continuedBy: stage.context.book.get("ses_1")?.saved.continuedBy,
      isPrompted: double.prompts.some(({ sessionId }) => sessionId === "ses_2"),
    };
  }
  const DONE = {
    output: expect.objectContaining({ sessionId: "ses_2", continues: "ses_1", ended: ["ses_1"] }),
    sessions: ["ses_1", "ses_2"],
    live: ["ses_2"],
    continuedBy: "ses_2",
    isPrompted: true,
  };

  const cases: [place: string, session: string][] = [
    ...PLACES.map((place): [string, string] => [place, "ses_1"]),
    ["prompt", "ses_2"],
    ["prompted", "ses_2"],
  ];

  it.each(cases)("goes on after its opencode was killed at %s (%s)", async (place, session) => {
    once(
      place,
      async () => {
        stage.opencode.set("none");
        double.run = "run-2";
        double.working.clear();
        await stage.context.book.runIs("run-2", Date.now());
        setTimeout(() => stage.opencode.set("up"), 100);
        throw new UnclearError("opencode_unavailable", `opencode did not answer (${place}): socket hang up`);
      },
      session,
    );
    expect(await outcome(await take(handover))).toEqual(DONE);
  });

  it.each(cases)("goes on after its agent was killed at %s (%s)", async (place, session) => {
    const reached = Promise.withResolvers<void>();
    once(
      place,
      () => {
        reached.resolve();
        return new Promise(() => undefined);
      },
      session,
    );
    const id = await take(handover);
    await reached.promise;
    stage = await stage.again();
    runner = await runnerOn(stage);
    stage.follow();
    await runner.recover();
    expect(await outcome(id)).toEqual(DONE);
  });
});
