import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { queueAlone, type QueuedAlone } from "../../../src/supervisor/index.ts";
import { COMMAND, LogStage, NODE, OTHER_NODE } from "../../support/log-stage.ts";

let stage: LogStage;
beforeEach(async () => {
  stage = await LogStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

type Told = Parameters<LogStage["tell"]>[1];

const about = (session: string, type: string, data: object = {}, project = "p"): Told => ({
  type,
  session,
  project,
  data,
});
const facts = (more: object = {}): object => ({ title: "t", createdAt: 1, updatedAt: 1, ...more });
const started = (session: string, more: object = {}, project = "p"): Told =>
  about(session, "session.started", facts(more), project);
const outcome = (commandId: string, sessionId: string, messageId?: string): Told => ({
  type: "command.succeeded",
  data: { commandId, output: { sessionId, ...(messageId === undefined ? {} : { messageId }) } },
});

let ids = 0;
/** A start that is to be alone, with a prompt, maybe under a key. */
function start(
  changes: { readonly nodeId?: string; readonly project?: string } = {},
  key?: string,
): Promise<QueuedAlone> {
  const row = { ...COMMAND, type: "session.start", sessionId: null, args: { prompt: "hi" }, project: "p", ...changes };
  const idempotency = key === undefined ? undefined : { actor: "x", key, payloadHash: "h" };
  const places = [{ nodeId: row.nodeId, project: row.project }];
  return queueAlone(stage.store, { ...row, id: `cmd_${(ids += 1)}` }, places, idempotency);
}

function made(queued: QueuedAlone): string {
  if (queued.kind !== "new") throw new Error(queued.kind);
  return queued.command.id;
}

const NEW = { kind: "new" };
const active = (what: object): object => ({ kind: "active", active: what });

describe("a start that is to be alone", () => {
  it.each<[string, Told[], object]>([
    ["nothing is there", [], NEW],
    ["one was told of and not what it does", [started("ses_a")], active({ by: "works", sessionId: "ses_a" })],
    ["one is busy", [about("ses_a", "session.busy")], active({ by: "works", sessionId: "ses_a" })],
    [
      "one waits for its provider",
      [about("ses_a", "session.retrying", { attempt: 1, message: "later" })],
      active({ by: "works", sessionId: "ses_a" }),
    ],
    [
      "one works in a worktree of its own",
      [started("ses_a", { worktree: "/srv/w" }), about("ses_a", "session.busy")],
      NEW,
    ],
    ["one rests", [about("ses_a", "session.busy"), about("ses_a", "session.idle", { turn: "finished" })], NEW],
    ["one failed", [about("ses_a", "session.error", { name: "x", message: "y" })], NEW],
    ["one has ended", [about("ses_a", "session.busy"), about("ses_a", "session.ended", { reason: "killed" })], NEW],
    [
      "the child of one that rests is busy",
      [
        started("ses_a"),
        about("ses_a", "session.idle", { turn: "finished" }),
        started("ses_b", { parentId: "ses_a" }),
        about("ses_b", "session.busy"),
      ],
      NEW,
    ],
    ["one of another project is busy", [about("ses_a", "session.busy", {}, "q")], NEW],
    [
      "one rests whose child asks a person",
      [
        started("ses_a"),
        about("ses_a", "session.idle", { turn: "finished" }),
        started("ses_b", { parentId: "ses_a" }),
        about("ses_b", "interaction.asked", { interactionId: "per_1", kind: "permission", summary: "x", askedAt: 1 }),
      ],
      active({ by: "asks", sessionId: "ses_a" }),
    ],
  ])("where %s", async (_, told, expected) => {
    if (told.length > 0) await stage.tell(1, ...told);
    expect(await start()).toMatchObject(expected);
  });

  it("is not queued beside a start or a restart that has no outcome, and is behind one that failed", async () => {
    const first = made(await start());
    expect(await start()).toMatchObject(active({ by: "begins", commandId: first }));
    // of another node, or in another project, it is alone
    await stage.greet(OTHER_NODE);
    expect(await start({ nodeId: OTHER_NODE })).toMatchObject(NEW);
    expect(await start({ project: "q" })).toMatchObject(NEW);
    await stage.tell(2, {
      type: "command.failed",
      data: { commandId: first, error: { code: "opencode_error", message: "no" } },
    });
    await stage.queue({ id: "cmd_r", type: "session.restart", sessionId: "ses_a", project: "p", args: {} });
    expect(await start()).toMatchObject(active({ by: "begins", commandId: "cmd_r" }));
  });

  it("is not queued while a prompt is on its way to a session that rests", async () => {
    const first = made(await start());
    await stage.tell(2, started("ses_a"), about("ses_a", "session.idle", { turn: "none" }));
    await stage.tell(3, outcome(first, "ses_a", "msg_1"));
    expect(await start()).toMatchObject(active({ by: "prompted", sessionId: "ses_a" }));
    await stage.tell(4, about("ses_a", "session.busy"), about("ses_a", "session.idle", { turn: "finished" }));
    expect(await start()).toMatchObject(NEW);
  });

  it("is the same one under its key, whatever is active by then", async () => {
    expect(await start({}, "key")).toMatchObject(NEW);
    expect(await start({}, "key")).toMatchObject({ kind: "known" });
    expect(await start()).toMatchObject({ kind: "active" });
  });

  // I28
  it("begins where nothing is active and only there, after any history, and two at a time never do", async () => {
    const step = fc.constantFrom("start", "twice", "done", "fail", "busy", "rest", "error", "end", "child");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await stage.anew();
        const model = new Model();
        for (const one of steps) await model.does(one);
        expect(model).toMatchObject({ atOnce: model.atOnce > 0 ? 1 : 0, wrong: [] });
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});

/** A project as somebody sees it who starts one session after the other. */
class Model {
  /** how many were active at a time, at most */
  atOnce = 0;
  /** starts that began, or did not, against what was active */
  readonly wrong: string[] = [];
  #at = 10;
  #open: string | undefined;
  readonly #sessions: { readonly id: string; doing: "works" | "rests" | "ended" | "comes" }[] = [];

  async does(step: string): Promise<void> {
    const newest = this.#sessions.at(-1);
    const id = newest?.id ?? "";
    switch (step) {
      case "start":
        return this.#judge([await start()]);
      case "twice":
        return this.#judge(await Promise.all([start(), start()]));
      case "done":
        return this.#begun();
      case "fail":
        if (this.#open === undefined) return;
        await this.#tell({
          type: "command.failed",
          data: { commandId: this.#open, error: { code: "opencode_error", message: "no" } },
        });
        this.#open = undefined;
        return;
      case "child":
        if (newest === undefined || newest.doing === "ended") return;
        return this.#tell(started(`${id}_c`, { parentId: id }), about(`${id}_c`, "session.busy"));
      case "busy":
        if (newest?.doing !== "comes") return;
        await this.#tell(about(id, "session.busy"));
        newest.doing = "works";
        return;
      default:
        if (newest === undefined || newest.doing === "ended" || newest.doing === "comes") return;
        await this.#tell(
          step === "rest"
            ? about(id, "session.idle", { turn: "finished" })
            : step === "error"
              ? about(id, "session.error", { name: "x", message: "y" })
              : about(id, "session.ended", { reason: "killed" }),
        );
        newest.doing = step === "end" ? "ended" : "rests";
    }
  }

  async #begun(): Promise<void> {
    if (this.#open === undefined) return;
    const session = `ses_${(ids += 1)}`;
    await this.#tell(started(session), about(session, "session.idle", { turn: "none" }));
    await this.#tell(outcome(this.#open, session, "msg_1"));
    this.#sessions.push({ id: session, doing: "comes" });
    this.#open = undefined;
  }

  #judge(queued: readonly QueuedAlone[]): void {
    const begun = queued.flatMap((one) => (one.kind === "new" ? [one.command.id] : []));
    if (begun.length !== (this.#active === 0 ? 1 : 0)) this.wrong.push(`${begun.length} beside ${this.#active}`);
    this.#open ??= begun[0];
    this.atOnce = Math.max(this.atOnce, this.#active);
  }

  get #active(): number {
    const sessions = this.#sessions.filter(({ doing }) => doing === "works" || doing === "comes");
    return sessions.length + (this.#open === undefined ? 0 : 1);
  }

  async #tell(...events: readonly Told[]): Promise<void> {
    this.#at += 1;
    await stage.tellAs(NODE, this.#at, ...events);
  }
}
