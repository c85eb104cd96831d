import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Move,
  newRestart,
  nextMove,
  type Restart,
  type Seen,
} from "../../src/capabilities/commands/domain/restart.ts";
import type { ToldStatus } from "../../src/capabilities/sessions/domain/saved-session.ts";
import type { Turn } from "../../src/capabilities/sessions/domain/turn.ts";

const OF = { directory: "/p", project: "p" };
const begun = newRestart({ handover: true, of: OF, before: {} }, 100);
const posted = { messageId: "msg_1", run: "run-1" };
const asked: Restart = { ...begun, asked: posted, asks: 1 };

function seen({ old, ...more }: Partial<Omit<Seen, "old">> & { readonly old?: Partial<Seen["old"]> } = {}): Seen {
  const nothing = { now: 1, run: "run-1", unwritten: [], isThere: true, isUnanswered: false, found: undefined };
  return {
    ...nothing,
    ...more,
    old: { status: "idle", turn: { kind: "finished" }, waitsFor: undefined, hasAsked: true, ...old },
  };
}

const failed = { kind: "failed", name: "APIError", message: "overloaded" } as const;
const interrupted = { kind: "interrupted", name: "Interrupted", message: "opencode ended" } as const;

describe("the handover", () => {
  const cases: [what: string, restart: Restart, seen: Seen, move: object][] = [
    ["is asked for", begun, seen({ isThere: false }), { do: "ask", isCleared: false }],
    ["is asked of a turn that runs", begun, seen({ old: { status: "busy" } }), { do: "ask", isCleared: false }],
    [
      "stops first what waits for a person",
      begun,
      seen({ old: { waitsFor: "person" } }),
      { do: "ask", isCleared: true },
    ],
    [
      "stops first what waits for its provider",
      begun,
      seen({ old: { waitsFor: "provider" } }),
      { do: "ask", isCleared: true },
    ],
    [
      "is not asked for any more when its time is over",
      begun,
      seen({ now: 100 }),
      { handover: { state: "timed_out" } },
    ],
    ["is asked for again where its prompt is not there", asked, seen({ isThere: false }), { do: "ask" }],
    ["is waited for while it is not read", asked, seen({ old: { hasAsked: false } }), { do: "wait" }],
    ["is waited for while it works", asked, seen({ old: { status: "busy", turn: { kind: "open" } } }), { do: "wait" }],
    ["is waited for while its prompt has no answer", asked, seen({ old: { turn: { kind: "asked" } } }), { do: "wait" }],
    ["is waited for while a person is asked", asked, seen({ old: { status: "waiting" } }), { do: "wait" }],
    ["is done when its files are written", asked, seen(), { handover: { state: "done" } }],
    ["names what was not written", asked, seen({ unwritten: ["a.md"] }), { handover: { state: "unwritten" } }],
    [
      "failed with its turn",
      asked,
      seen({ old: { status: "error", turn: failed } }),
      { handover: { state: "failed" } },
    ],
    [
      "failed where a person denied it",
      asked,
      seen({ old: { turn: { kind: "denied" } } }),
      { handover: { state: "failed" } },
    ],
    [
      "is asked for again after an interruption",
      asked,
      seen({ old: { status: "error", turn: interrupted } }),
      { do: "ask" },
    ],
    [
      "is given up after many interruptions",
      { ...asked, asks: 5 },
      seen({ old: { status: "error", turn: interrupted } }),
      { handover: { state: "failed" } },
    ],
    [
      "is over with its time, whatever its agent does",
      asked,
      seen({ now: 100, old: { status: "busy", turn: { kind: "open" } } }),
      { handover: { state: "timed_out" } },
    ],
    [
      "is left where a person stopped it",
      asked,
      seen({ old: { turn: { kind: "aborted" } } }),
      { do: "fail", code: "cancelled" },
    ],
    ["is left where a person ended it", asked, seen({ old: { status: "ended" } }), { do: "fail", code: "cancelled" }],
  ];
  it.each(cases)("%s", (_, restart, what, move) => expect(nextMove(restart, what)).toMatchObject(move));

  it("says of which kind the wait was that took too long", () => {
    const reason = (waitsFor: "person" | "provider" | undefined): unknown =>
      nextMove(asked, seen({ now: 100, old: { status: "busy", turn: { kind: "open" }, waitsFor } }));
    const settled = (pattern: RegExp) => ({ handover: { state: "timed_out", reason: expect.stringMatching(pattern) } });
    expect(reason("person")).toMatchObject(settled(/waited for a person/));
    expect(reason("provider")).toMatchObject(settled(/provider did not answer/));
    expect(reason(undefined)).toMatchObject(settled(/did not come to the end/));
  });
});

describe("the steps behind it", () => {
  const at = (step: Restart["step"], more: Partial<Restart> = {}): Restart => ({ ...asked, step, ...more });
  const told = { told: { messageId: "msg_2", run: "run-1" }, tells: 1, next: "ses_2" };
  const cases: [what: string, restart: Restart, seen: Seen, move: object][] = [
    [
      "a session that a person ended is followed by none",
      at("stop"),
      seen({ old: { status: "ended" } }),
      { do: "fail" },
    ],
    ["the old one is stopped", at("stop"), seen(), { do: "stop" }],
    ["the new one is created", at("create"), seen(), { do: "create" }],
    ["one that was created is found", at("create"), seen({ found: "ses_2" }), { do: "adopt", next: "ses_2" }],
    [
      "one that was created is found, although its old one has ended by that",
      at("create"),
      seen({ found: "ses_2", old: { status: "ended" } }),
      { do: "adopt", next: "ses_2" },
    ],
    ["the old one ends whatever was done to it", at("end"), seen({ old: { status: "ended" } }), { do: "end" }],
    ["the new one is prompted", at("prompt", { next: "ses_2" }), seen(), { do: "tell" }],
    ["one that has its prompt is done", at("prompt", told), seen(), { do: "done" }],
    ["a prompt that did not come is given again", at("prompt", told), seen({ isThere: false }), { do: "tell" }],
    [
      "a prompt that died with its opencode is given again",
      at("prompt", told),
      seen({ isUnanswered: true, run: "run-2" }),
      { do: "tell" },
    ],
    ["a prompt that waits for its answer is not", at("prompt", told), seen({ isUnanswered: true }), { do: "done" }],
    [
      "a prompt that never comes is said",
      at("prompt", { ...told, tells: 5 }),
      seen({ isThere: false }),
      { do: "fail" },
    ],
  ];
  it.each(cases)("%s", (_, restart, what, move) => expect(nextMove(restart, what)).toMatchObject(move));
});

/** What is in opencode: two sessions at most, by their moves; whatever dies, what was done stays done. */
class World {
  run = 1;
  now = 0;
  readonly sessions = new Map<string, { isArchived: boolean; isWorking: boolean; prompts: string[] }>();
  old: { status: ToldStatus; turn: Turn } = { status: "busy", turn: { kind: "open" } };
  saved: Restart = begun;
  hasEverHadNone = false;
  hasEverHadTwoAtWork = false;

  constructor() {
    this.sessions.set("old", { isArchived: false, isWorking: true, prompts: [] });
  }

  get live(): string[] {
    return [...this.sessions].filter(([, { isArchived }]) => !isArchived).map(([id]) => id);
  }

  see(): Seen {
    const { step, asked: ask, told } = this.saved;
    const made = [...this.sessions.keys()].filter((id) => id !== "old");
    const prompt = step === "prompt" ? told : ask;
    return seen({
      now: this.now,
      run: `run-${this.run}`,
      found: this.saved.createdIn === undefined ? undefined : made[0],
      isThere: [...this.sessions.values()].some(({ prompts }) => prompts.includes(prompt?.messageId ?? "")),
      old: { ...this.old, waitsFor: undefined, hasAsked: ask !== undefined },
    });
  }

  check(): void {
    if (this.live.length === 0) this.hasEverHadNone = true;
    const working = [...this.sessions.values()].filter(({ isWorking, isArchived }) => isWorking && !isArchived);
    if (working.length > 1) this.hasEverHadTwoAtWork = true;
  }
}

/** What a move does, bit by bit: whatever dies, dies between two of them. */
function bitsOf(world: World, move: Move): (() => void)[] {
  const { saved } = world;
  const save = (more: Partial<Restart>) => () => void (world.saved = { ...world.saved, ...more });
  const id = `msg_${saved.asks + saved.tells + 1}`;
  const message = { messageId: id, run: `run-${world.run}` };
  const old = world.sessions.get("old");
  if (old === undefined) throw new Error("it is always there");
  switch (move.do) {
    case "ask":
      return [
        save({ asked: message, asks: saved.asks + 1 }),
        () => {
          old.prompts.push(id);
          old.isWorking = true;
          world.old = { status: "busy", turn: { kind: "asked" } };
        },
      ];
    case "wait":
      return [() => void (world.now += 10)];
    case "settle":
      return [save({ step: "stop", handover: move.handover })];
    case "stop":
      return [
        () => {
          old.isWorking = false;
          world.old = { status: "idle", turn: { kind: "aborted" } };
        },
        save({ step: "create" }),
      ];
    case "create":
      return [
        save({ createdIn: `run-${world.run}` }),
        () =>
          void world.sessions.set(`new-${world.sessions.size}`, { isArchived: false, isWorking: false, prompts: [] }),
        save({ step: "end", next: "new-1" }),
      ];
    case "adopt":
      return [save({ step: "end", next: move.next })];
    case "end":
      return [
        () => {
          old.isWorking = false;
          world.old = { status: "ended", turn: { kind: "aborted" } };
        },
        () => void (old.isArchived = true),
        save({ step: "prompt", ended: ["old"] }),
      ];
    case "tell":
      return [
        save({ told: message, tells: saved.tells + 1 }),
        () => {
          const next = world.sessions.get(saved.next ?? "");
          next?.prompts.push(id);
          if (next !== undefined) next.isWorking = true;
        },
      ];
    case "fail":
    case "done":
      return [];
    default:
      return move satisfies never;
  }
}

// I25
describe("a restart in which agent and opencode die at any moment", () => {
  const deaths = fc.array(fc.constantFrom("agent", "opencode", "turn ends", undefined, undefined), { maxLength: 40 });

  it("has one session at its end, never none and never two at work", () => {
    fc.assert(
      fc.property(deaths, fc.boolean(), (coming, isPlain) => {
        const world = new World();
        if (isPlain) world.saved = newRestart({ handover: false, of: OF, before: {} }, 100);
        const next = [...coming];
        for (let moves = 0; moves < 200; moves += 1) {
          const move = nextMove(world.saved, world.see());
          if (move.do === "done") break;
          expect(move.do).not.toBe("fail");
          for (const bit of bitsOf(world, move)) {
            const event = next.shift();
            if (event === "agent") break;
            bit();
            world.check();
            if (event === "opencode") {
              world.run += 1;
              for (const session of world.sessions.values()) session.isWorking = false;
              if (world.old.status === "busy") world.old = { status: "error", turn: interrupted };
              break;
            }
            if (event === "turn ends" && world.old.status === "busy" && world.old.turn.kind === "asked")
              world.old = { status: "idle", turn: { kind: "finished" } };
          }
        }
        expect([world.hasEverHadNone, world.hasEverHadTwoAtWork]).toEqual([false, false]);
        expect(world.live).toEqual(["new-1"]);
        expect(world.sessions.size).toBe(2);
        expect(world.sessions.get("new-1")?.prompts.length).toBeGreaterThan(0);
      }),
      { numRuns: 2_000 },
    );
  });
});
