import type { HalEvent } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NEW_SESSION, type SavedSession } from "../../src/capabilities/sessions/domain/saved-session.ts";
import { SessionTeller } from "../../src/capabilities/sessions/domain/session-teller.ts";
import type { SourceRow } from "../../src/domain/source-fact.ts";
import { sourceRow } from "../../src/opencode/v1/source-row.ts";

const ID = "ses_1";
const placement = { projectOf: () => "p", isExternal: () => false };
const ASKED = { kind: "permission", summary: "s", patterns: [], always: [], questions: [], askedAt: 1 } as const;

/** What can happen; `heard` says whether opencode's stream brings it to the agent. */
type Step = { readonly does: (typeof DOES)[number]; readonly heard: boolean };
const DOES = [
  "prompt",
  "queue",
  "answer",
  "text",
  "finish",
  "fail",
  "abort",
  "deny",
  "ask",
  "reply",
  "reply late",
  "crash",
  "compare",
  "restart",
] as const;

/** One session in an opencode, as simple as it can be told. */
class Opencode {
  readonly rows: SourceRow[] = [];
  readonly open = new Set<string>();
  readonly asked: string[] = [];
  turn: "none" | "asked" | "open" | "finished" | "failed" | "aborted" | "denied" | "dead" = "none";
  /** a prompt came while it worked, and is answered next */
  isQueued = false;
  #ids = 0;
  #answer = "";

  get isWorking(): boolean {
    return this.turn === "asked" || this.turn === "open";
  }

  nextId(prefix: string): string {
    this.#ids += 1;
    return `${prefix}_${String(this.#ids).padStart(4, "0")}`;
  }

  row(type: string, data: object): void {
    const row = sourceRow({ aggregateID: ID, seq: this.rows.length, type, data });
    if (row === undefined) throw new Error("no row");
    this.rows.push(row);
  }

  prompt(): void {
    // whoever posts it chooses its id, by a clock that may be ahead
    const id = this.nextId(this.rows.length % 2 === 0 ? "msg" : "msg_z");
    this.row("message.updated.1", { info: { id, role: "user", time: { created: 3 } } });
    this.row("message.part.updated.1", { part: { id: this.nextId("prt"), messageID: id, type: "text", text: "do" } });
    if (this.isWorking) this.isQueued = true;
    else this.turn = "asked";
  }

  answer(): void {
    this.isQueued = false;
    this.#answer = this.nextId("msg");
    this.#info({});
    this.turn = "open";
  }

  text(): void {
    const part = { id: this.nextId("prt"), messageID: this.#answer, type: "text", text: "done" };
    this.row("message.part.updated.1", { part });
  }

  end(turn: "finished" | "failed" | "aborted"): void {
    const name = turn === "failed" ? "APIError" : "MessageAbortedError";
    const end = { time: { created: 4, completed: 5 }, finish: "stop" };
    this.#info(turn === "finished" ? end : { ...end, error: { name, data: { message: turn } } });
    this.turn = this.isQueued ? "asked" : turn;
    this.open.clear();
  }

  ask(): void {
    const id = this.nextId("per");
    this.open.add(id);
    this.asked.push(id);
  }

  /** A person denies a tool that it asks for, and says nothing to the model. */
  deny(): void {
    const error = "The user rejected permission to use this specific tool call.";
    const state = { status: "error", input: {}, error, time: { start: 4, end: 5 } };
    const part = { id: this.nextId("prt"), messageID: this.#answer, type: "tool", tool: "bash", callID: "c", state };
    this.row("message.part.updated.1", { part });
    this.#info({ time: { created: 4, completed: 5 }, finish: "tool-calls" });
    this.turn = "denied";
    this.open.clear();
  }

  /** What each message says now. */
  texts(): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const { change } of this.rows) {
      if (change.kind === "message") texts[change.message.id] ??= "";
      else if (change.kind === "part")
        texts[change.part.messageId] += change.part.kind === "text" ? change.part.text : "";
    }
    return texts;
  }

  #info(more: object): void {
    const info = { id: this.#answer, role: "assistant", time: { created: 4 }, ...more };
    this.row("message.updated.1", { info });
  }
}

/** An agent that hears some of it, compares now and then, and may itself end at any time. */
class Agent {
  readonly opencode = new Opencode();
  readonly told: HalEvent[] = [];
  #saved: SavedSession = { ...NEW_SESSION, project: "p", createdAt: 1 };
  #hashes = new Map<string, string>();
  #at = 10;
  teller = new SessionTeller(ID, placement, this.#saved, new Map());

  /** Its data directory is gone: it knows nothing that it told. */
  lose(): void {
    this.#saved = { ...NEW_SESSION, project: "p", createdAt: 1 };
    this.#hashes = new Map();
    this.teller = new SessionTeller(ID, placement, this.#saved, this.#hashes);
  }

  /** What was told in this step. */
  step({ does, heard }: Step): HalEvent[] {
    this.#at += 1;
    const rowsBefore = this.opencode.rows.length;
    const toldBefore = this.told.length;
    this.#happens(does);
    if (heard) this.#hears(does, rowsBefore);
    this.#write();
    return this.told.slice(toldBefore);
  }

  compare(): void {
    this.#at += 1;
    this.#history();
    const { isWorking, open } = this.opencode;
    if (isWorking)
      for (const id of this.teller.toJudge)
        if (!open.has(id)) this.teller.gone(id, { reason: "gone", at: this.#at, isMissed: true });
    this.teller.compared({ type: isWorking ? "busy" : "idle" }, this.#at);
    if (isWorking)
      for (const interactionId of open)
        this.teller.asked({ ...ASKED, interactionId, patterns: [], always: [], questions: [] }, this.#at);
    this.#write();
  }

  #happens(does: Step["does"]): void {
    const { opencode } = this;
    const { turn } = opencode;
    if (does === "prompt" && !opencode.isWorking) opencode.prompt();
    else if (does === "queue" && turn === "open") opencode.prompt();
    else if (does === "answer" && turn === "asked") opencode.answer();
    else if (does === "text" && turn === "open") opencode.text();
    else if (turn === "open" && does === "finish") opencode.end("finished");
    // what becomes of a prompt that waits behind a turn without a good end is another story
    else if (opencode.isQueued && ["fail", "abort", "deny"].includes(does)) return;
    else if (turn === "open" && does === "fail") opencode.end("failed");
    else if (turn === "open" && does === "abort") opencode.end("aborted");
    else if (turn === "open" && does === "deny") opencode.deny();
    else if (does === "ask" && turn === "open") opencode.ask();
    else if (does === "reply") opencode.open.clear();
    // an answer to something that nobody waits for any more: opencode says so
    else if (does === "reply late")
      for (const id of opencode.asked.filter((one) => !opencode.open.has(one)))
        this.teller.gone(id, { reason: "it was answered elsewhere", at: this.#at, isMissed: true });
    else if (does === "crash") {
      if (opencode.isWorking) opencode.turn = "dead";
      opencode.isQueued = false;
      opencode.open.clear();
      // the end of a process is seen, whatever its stream brought
      this.teller.runEnded("runEnded", this.#at);
    } else if (does === "compare") this.compare();
    else if (does === "restart") this.teller = new SessionTeller(ID, placement, this.#saved, this.#hashes);
  }

  #hears(does: Step["does"], rowsBefore: number): void {
    for (const row of this.opencode.rows.slice(rowsBefore)) {
      if (this.teller.lacksBefore(row)) this.#history();
      this.teller.row(row);
    }
    if (this.opencode.isWorking) {
      for (const interactionId of this.opencode.open)
        this.teller.asked({ ...ASKED, interactionId, patterns: [], always: [], questions: [] }, this.#at);
      if (does === "prompt" || does === "answer") this.teller.doing({ type: "busy" }, this.#at);
    } else if (["finish", "fail", "abort", "deny"].includes(does)) this.teller.doing({ type: "idle" }, this.#at);
  }

  #history(): void {
    for (const row of this.opencode.rows) if (row.seq > this.teller.readUpTo) this.teller.row(row);
    this.teller.settle();
  }

  #write(): void {
    const { events, messages } = this.teller.take();
    for (const { messageId, hash } of messages) this.#hashes.set(messageId, hash);
    this.#saved = this.teller.saved;
    this.told.push(...events);
  }
}

const steps = fc.array(fc.record({ does: fc.constantFrom(...DOES), heard: fc.boolean() }), { maxLength: 40 });

/** Rows of a turn are read after the session was told to rest, and its run ends before it can be asked once more. */
const ROWS_AFTER_REST: Step[] = [
  { does: "prompt", heard: false },
  { does: "answer", heard: false },
  { does: "crash", heard: false },
  { does: "fail", heard: true },
  { does: "compare", heard: false },
  { does: "crash", heard: false },
];

/** A turn is lost with its opencode, and the next one of the session is stopped. */
const STOPPED_AFTER_LOST: Step[] = ["prompt", "answer", "crash", "prompt", "answer", "abort"].map((does) => ({
  does: does as Step["does"],
  heard: true,
}));

/** A prompt is queued, its opencode is killed as it writes more of the answer, and the agent is started again. */
const TEXT_BEHIND_A_QUEUED_PROMPT: Step[] = [
  { does: "prompt", heard: true },
  { does: "answer", heard: true },
  { does: "queue", heard: true },
  { does: "text", heard: false },
  { does: "crash", heard: true },
  { does: "restart", heard: true },
];

/** Two people answer; the agent dies between the answers, and hears of the second one when it is there again. */
const ANSWERED_AGAIN_AFTER_A_RESTART: Step[] = [
  { does: "prompt", heard: true },
  { does: "answer", heard: true },
  { does: "ask", heard: true },
  { does: "reply", heard: false },
  { does: "compare", heard: false },
  { does: "restart", heard: false },
  { does: "reply late", heard: false },
];

const isInterruption = (event: HalEvent): boolean =>
  (event.type === "session.error" && event.data.name === "InterruptedError") ||
  (event.type === "session.message" && event.data.state === "interrupted");

/** The statuses that may be told of a session once opencode was compared with it. */
function truths({ turn, open }: Opencode): string[] {
  switch (turn) {
    case "asked":
    case "open":
      return [open.size > 0 ? "waiting" : "busy"];
    case "failed":
      return ["error APIError"];
    case "dead":
      return ["error InterruptedError"];
    default:
      return [`idle ${turn}`];
  }
}

function statusIn({ said }: SavedSession): string {
  const { type, data } = JSON.parse(said ?? "{}") as { type?: string; data?: { name?: string; turn?: string } };
  return [type?.replace("session.", ""), data?.name ?? data?.turn].filter(Boolean).join(" ");
}

/** What a log has of each message, in which a key that it knows is dropped. */
function messagesInLog(told: readonly HalEvent[]): Map<string, { readonly text: string; readonly state: string }> {
  const keys = new Set<string | undefined>();
  const messages = new Map<string, { readonly text: string; readonly state: string }>();
  for (const event of told) {
    if (keys.has(event.sourceKey)) continue;
    keys.add(event.sourceKey);
    if (event.type === "session.message") messages.set(event.data.messageId, event.data);
  }
  return messages;
}

/** Looks at an agent behind each of so many stories, these examples among them. */
function afterStories(numRuns: number, look: (agent: Agent) => void, ...examples: readonly Step[][]): void {
  const after = (story: readonly Step[]): void => {
    const agent = new Agent();
    for (const one of story) agent.step(one);
    look(agent);
  };
  fc.assert(fc.property(steps, after), { numRuns, examples: examples.map((story): [Step[]] => [story]) });
}

// I19
describe("whatever is heard, lost, told twice or read again", () => {
  it("the status is what opencode truly does, two comparisons after the last fault", () => {
    afterStories(
      2_000,
      (agent) => {
        agent.compare();
        agent.compare();
        expect(truths(agent.opencode)).toContain(statusIn(agent.teller.saved));
        expect(Object.keys(agent.teller.saved.open)).toEqual([...agent.opencode.open]);
      },
      ROWS_AFTER_REST,
    );
  });

  it("nothing is told as interrupted by a comparison while its run lives and works on it", () => {
    fc.assert(
      fc.property(steps, (story) => {
        const agent = new Agent();
        const crash = story.findIndex(({ does }) => does === "crash");
        const living = crash === -1 ? story : story.slice(0, crash);
        expect(living.flatMap((one) => agent.step(one)).filter(isInterruption)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it("an answer that has an end is told with it, whatever was told of it before", () => {
    afterStories(
      1_000,
      (agent) => {
        agent.compare();
        agent.compare();
        const states = new Map<string, string>();
        for (const event of agent.told)
          if (event.type === "session.message") states.set(event.data.messageId, event.data.state);
        const ended = agent.opencode.rows.flatMap(({ change }) =>
          change.kind === "message" && change.message.completedAt !== undefined ? [change.message.id] : [],
        );
        expect(ended.filter((id) => !/complete|error|aborted/.test(states.get(id) ?? ""))).toEqual([]);
        // nobody aborts one here without giving it an end, whatever became of the turns after it
        const unended = [...states].filter(([id, state]) => state === "aborted" && !ended.includes(id));
        expect(unended).toEqual([]);
      },
      STOPPED_AFTER_LOST,
    );
  });

  it("an answer is told with all its text, also with what was written in the last moment of its opencode", () => {
    afterStories(
      2_000,
      (agent) => {
        agent.step({ does: "crash", heard: true });
        agent.compare();
        agent.compare();
        const texts = new Map<string, string>();
        for (const event of agent.told)
          if (event.type === "session.message") texts.set(event.data.messageId, event.data.text);
        expect(Object.fromEntries(texts)).toEqual(agent.opencode.texts());
      },
      TEXT_BEHIND_A_QUEUED_PROMPT,
    );
  });

  it("the log has each message as it is, also where the agent loses all that it knew", () => {
    fc.assert(
      fc.property(steps, fc.nat({ max: 40 }), (story, lostAt) => {
        const agent = new Agent();
        for (const [index, one] of story.entries()) {
          if (index === lostAt) agent.lose();
          agent.step(one);
        }
        if (lostAt >= story.length) agent.lose();
        agent.compare();
        agent.compare();
        const messages = messagesInLog(agent.told);
        const texts = agent.opencode.texts();
        const whole = [...messages].filter(([, { state }]) => state === "complete").map(([id, { text }]) => [id, text]);
        expect(whole).toEqual(whole.map(([id = ""]) => [id, texts[id]]));
        const ended = agent.opencode.rows.flatMap(({ change }) =>
          change.kind === "message" && change.message.completedAt !== undefined ? [change.message.id] : [],
        );
        expect(ended.filter((id) => !/complete|error|aborted/.test(messages.get(id)?.state ?? ""))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("the end of what it asked is told once", () => {
    afterStories(
      2_000,
      (agent) => {
        agent.compare();
        const ends = agent.told.flatMap((event) =>
          event.type === "interaction.expired" ? [event.data.interactionId] : [],
        );
        expect(ends).toEqual([...new Set(ends)]);
      },
      ANSWERED_AGAIN_AFTER_A_RESTART,
    );
  });

  it("no two facts have one source key", () => {
    afterStories(1_000, (agent) => {
      agent.compare();
      const keys = agent.told.flatMap(({ sourceKey }) => sourceKey ?? []);
      expect(keys.length).toBe(new Set(keys).size);
      expect(agent.told.every(({ sourceKey }) => sourceKey !== undefined)).toBe(true);
    });
  });
});
