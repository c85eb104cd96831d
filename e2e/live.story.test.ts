import {
  type CommandReply,
  type EventView,
  livePieceOf,
  LiveText,
  type MessageView,
  type WatchItem,
} from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import type { Program } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

type Line =
  | WatchItem
  | { readonly kind: "event"; readonly event: EventView }
  | { readonly kind: "logged"; readonly message: MessageView };

/** What `halctl sessions watch -o json` has printed so far. */
class Watcher {
  readonly program: Program;

  constructor(program: Program) {
    this.program = program;
  }

  get lines(): Line[] {
    return this.program.stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  }

  get items(): Exclude<WatchItem, { kind: "lane" }>[] {
    return this.lines.flatMap((line) =>
      ["message", "text", "reasoning", "tool"].includes(line.kind) ? [line as never] : [],
    );
  }

  get lanes(): Extract<WatchItem, { kind: "lane" }>[] {
    return this.lines.flatMap((line) => (line.kind === "lane" ? [line] : []));
  }

  /** The text of the newest part, as a program puts it together. */
  get text(): string {
    const live = new LiveText();
    let shown = "";
    for (const item of this.items) {
      const piece = livePieceOf(item);
      if (piece === undefined) continue;
      live.write(piece);
      if (item.kind === "text") shown = live.get(item.part_id)?.text ?? "";
    }
    return shown;
  }

  /** Whether the log has told an answer to whoever watches. */
  get hasAnswer(): boolean {
    return this.lines.some(
      (line) =>
        line.kind === "event" &&
        line.event.type === "session.message" &&
        (line.event.data as { readonly role: string }).role === "assistant",
    );
  }
}

function ticks(count: number): string {
  return Array.from({ length: count }, (_, tick) => `tick${tick} `).join("");
}

describe("watching a session", () => {
  let stage: Stage;
  let ada: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    ada = stage.agent("ada", { permission: { bash: { "*": "allow", "git push*": "ask" } } });
    await stage.startSupervisor();
    ada.start();
    await stage.nodeUp(ada);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const begin = async (prompt: string): Promise<string> => {
    const { session_id: id } = await stage.halctl.json<CommandReply>("sessions", "start", "ada", prompt);
    return id as string;
  };

  const watch = (id: string, ...args: string[]): Watcher =>
    new Watcher(stage.halctl.start("sessions", "watch", id, "-o", "json", ...args));

  const answerOf = async (id: string): Promise<string> => (await stage.messages(id)).at(-1)?.text ?? "";

  const liveFrames = async (): Promise<number> => {
    const metrics = await (await fetch(`http://127.0.0.1:${stage.ports.http}/metrics`)).text();
    return Number(/^hal_o_swarm_live_frames_total (\d+)$/m.exec(metrics)?.[1]);
  };

  test("two watchers see the text grow before the message is in the log, and in the end it is the message", async () => {
    const id = await begin("[[slow: 40]]");
    const one = watch(id, "--until-idle");
    const two = watch(id, "--until-idle");
    for (const watcher of [one, two])
      await eventually(() => {
        expect(watcher.text).toContain("tick5 ");
        expect(watcher.hasAnswer).toBe(false);
      });
    expect(await stage.messages(id)).toMatchObject([{ role: "user" }]);
    const seen = one.text.length;
    await eventually(() => expect(one.text.length).toBeGreaterThan(seen));

    const late = watch(id, "--until-idle");
    await eventually(() => expect(late.text).not.toBe(""));
    expect(late.items.find(({ kind }) => kind === "text")).toMatchObject({
      offset: 0,
      text: expect.stringMatching(/^tick0 tick1 tick2 tick3 tick4 tick5 /),
      cut: false,
    });
    for (const watcher of [one, two, late]) {
      expect(await watcher.program.ended).toMatchObject({ code: 0 });
      expect(watcher.text).toBe(await answerOf(id));
      expect(watcher.items.at(-1)).toMatchObject({ kind: "message", end: true });
    }
    // twenty ticks and more came one by one, and were not stored one by one
    expect(one.items.length).toBeGreaterThan(20);
    const stored = await stage.events({ session_id: id });
    expect(stored.filter(({ data }) => JSON.stringify(data).includes("tick1 ")).map(({ type }) => type)).toEqual([
      "session.message",
    ]);
  });

  test("a person sees tools, what waits for a person, the text and the end of the turn", async () => {
    const id = await begin(
      `[[tool: bash {"command": "git push nowhere", "description": "push"}]] [[say: it did not work]]`,
    );
    const open = await stage.asked(id);
    const program = stage.halctl.start("sessions", "watch", id, "--until-idle");
    await eventually(() => expect(program.log).toContain(`halctl interactions allow ${open.id}`));
    await stage.halctl.run("interactions", "allow", open.id);
    expect(await program.ended).toMatchObject({ code: 0 });
    expect(program.stdout).toMatch(/── user .*\n\[\[tool: bash/);
    expect(program.stdout).toContain("⚙ bash git push nowhere (running)");
    expect(program.stdout).toContain("⚙ bash git push nowhere (completed)");
    expect(program.stdout.match(/it did not work/g)).toHaveLength(2);
    expect(program.stderr).toContain("the turn is over");
  });

  test("nothing is sent while nobody watches, and nothing more when the last watcher has left", async () => {
    const before = await liveFrames();
    const id = await begin("[[slow: 40]]");
    await stage.sessionIn(id, "busy");
    const watcher = watch(id);
    await eventually(() => expect(watcher.text).toContain("tick5 "));
    expect(await liveFrames()).toBeGreaterThan(before);
    await watcher.program.stop();
    await eventually(() => expect(ada.log).toContain("nobody watches"));
    // what was on its way has come when the node's answer has, which comes behind it
    await stage.halctl.run("sessions", "todo", id);
    const left = await liveFrames();
    await stage.sessionIn(id, "idle");
    expect(await answerOf(id)).toBe(ticks(40));
    expect(await liveFrames()).toBe(left);

    const other = await begin("[[slow: 10]]");
    await stage.sessionIn(other, "idle");
    expect(await liveFrames()).toBe(left);
  });

  test("an agent that is killed in the middle of it: the watch says so, goes on when it is back, and ends whole", async () => {
    const id = await begin("[[slow: 150]]");
    const watcher = watch(id, "--until-idle");
    const person = stage.halctl.start("sessions", "watch", id, "--until-idle");
    await eventually(() => expect(watcher.text).toContain("tick5 "));
    // a line that has no end yet is not seen here
    await eventually(() => expect(person.stdout).toContain("[[slow: 150]]"));
    await ada.program.kill();
    await eventually(() => expect(watcher.lanes.at(-1)).toMatchObject({ open: false }));
    expect(watcher.lanes.at(-1)?.reason).toMatch(/^node ada is .*; text comes when it is back$/);
    ada.start();
    await eventually(() => expect(watcher.lanes.at(-1)).toMatchObject({ open: true }));
    // what was said while the agent was dead only opencode knows
    await eventually(() => expect(watcher.items.at(-1)).toMatchObject({ kind: "text", cut: true }));
    expect(watcher.hasAnswer).toBe(false);
    expect(await watcher.program.ended).toMatchObject({ code: 0 });
    expect(watcher.text.trimEnd()).toBe(ticks(150).trimEnd());
    expect(watcher.text).toBe(await answerOf(id));
    expect(await person.ended).toMatchObject({ code: 0 });
    expect(person.stdout).toContain(ticks(150).trimEnd());
  });

  test("a supervisor that is killed in the middle of it: watchers dial again and miss nothing", async () => {
    const id = await begin("[[slow: 150]]");
    const person = stage.halctl.start("sessions", "watch", id, "--until-idle");
    const watcher = watch(id, "--until-idle");
    await eventually(() => expect(watcher.text).toContain("tick5 "));
    // a line that has no end yet is not seen here
    await eventually(() => expect(person.stdout).toContain("[[slow: 150]]"));
    await stage.supervisor.kill();
    await stage.startSupervisor();
    await eventually(() => expect(watcher.lanes.length).toBeGreaterThan(1));
    expect(await watcher.program.ended).toMatchObject({ code: 0 });
    expect(watcher.text).toBe(await answerOf(id));
    expect(await person.ended).toMatchObject({ code: 0 });
    expect(person.stdout.match(/tick3 /g)).toHaveLength(1);
    // where the connection was lost a new line begins
    expect(person.stdout.replaceAll("\n", "")).toContain(ticks(150).trimEnd());
    expect(person.stderr.match(/waiting for it to come back/g)).toHaveLength(1);
  });
});
