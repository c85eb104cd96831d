import { readdirSync, readFileSync } from "node:fs";
import type { HalEvent } from "@hal/protocol";
import { parseEvent } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { askedData } from "../../src/capabilities/sessions/domain/interaction.ts";
import { NEW_SESSION, type SavedSession } from "../../src/capabilities/sessions/domain/saved-session.ts";
import type { Placement } from "../../src/capabilities/sessions/domain/placement.ts";
import { SessionTeller } from "../../src/capabilities/sessions/domain/session-teller.ts";
import type { SourceFact, SourceRow } from "../../src/domain/source-fact.ts";
import { sourceFact } from "../../src/opencode/v1/source-fact.ts";
import { ABORT } from "../support/source-facts.ts";

interface Line {
  readonly payload: {
    readonly id?: string;
    readonly type: string;
    readonly properties?: Record<string, never>;
    readonly syncEvent?: unknown;
  };
}

const folder = new URL("transcripts/", import.meta.url);
const names = readdirSync(folder).map((file) => file.replace(".jsonl", ""));

/** What a real opencode sent, without the token-by-token text. */
function transcript(name: string): Line[] {
  return readFileSync(new URL(`${name}.jsonl`, folder), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

const placement: Placement = { projectOf: () => "p1", isExternal: () => true };

/** A transcript begins in the middle of a session, so its sessions are known to be the project's. */
class Tellers {
  readonly map = new Map<string, SessionTeller>();
  readonly told: HalEvent[] = [];
  readonly hashes = new Map<string, Map<string, string>>();

  of(id: string, saved: SavedSession = { ...NEW_SESSION, project: "p1", createdAt: 1 }): SessionTeller {
    const teller = this.map.get(id) ?? new SessionTeller(id, placement, saved, this.hashes.get(id) ?? new Map());
    this.map.set(id, teller);
    return teller;
  }

  collect(): void {
    for (const teller of this.map.values()) {
      const taken = teller.take();
      this.told.push(...taken.events);
      const hashes = this.hashes.get(teller.id) ?? new Map<string, string>();
      for (const { messageId, hash } of taken.messages) hashes.set(messageId, hash);
      this.hashes.set(teller.id, hashes);
    }
  }
}

function play(lines: readonly Line[], tellers = new Tellers()): Tellers {
  for (const { payload } of lines) {
    hear(tellers, sourceFact({ properties: {}, ...payload }));
    tellers.collect();
  }
  for (const teller of tellers.map.values()) teller.settle();
  tellers.collect();
  return tellers;
}

function hear(tellers: Tellers, fact: SourceFact): void {
  switch (fact.kind) {
    case "row":
      tellers.of(fact.row.sessionId).row(fact.row);
      break;
    case "status":
      tellers.of(fact.sessionId).doing(fact.status, 1);
      break;
    case "failed":
      tellers.of(fact.sessionId).failed(fact.error, 1);
      break;
    case "asked":
      tellers.of(fact.request.sessionId).asked(askedData(fact.request, 1), 1);
      break;
    case "answered":
      tellers.of(fact.sessionId).answered({ interactionId: fact.requestId, reply: "once", answers: [] }, 1);
      break;
    default:
      break;
  }
}

function rows(lines: readonly Line[]): SourceRow[] {
  return lines.flatMap(({ payload }) => {
    const fact = sourceFact({ properties: {}, ...payload });
    return fact.kind === "row" ? [fact.row] : [];
  });
}

function messages(told: readonly HalEvent[]) {
  return told.filter((event) => event.type === "session.message");
}

describe.each(names)("%s", (name) => {
  const lines = transcript(name);

  it("tells only events that fit the protocol", () => {
    for (const event of play(lines).told) expect(parseEvent(event)).toMatchObject({ kind: "known" });
  });

  // I3
  it("tells each final message once, and each source key once", () => {
    const { told } = play(lines);
    const contents = messages(told).map(({ session, data }) =>
      JSON.stringify([session, data.messageId, data.text, data.tools, data.costMicroUsd]),
    );
    expect(new Set(contents).size).toBe(contents.length);
    const keys = told.flatMap(({ sourceKey }) => sourceKey ?? []);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("tells nothing new when the same rows come again, live or from history", () => {
    const first = play(lines);
    const again = play(
      lines.filter(({ payload }) => payload.type === "sync"),
      first,
    );
    expect(again.told.length).toBe(first.told.length);
  });

  it("gives the same messages the same source keys, live and from history alone", () => {
    const live = messages(play(lines).told).map(({ sourceKey, data }) => [sourceKey, data.messageId]);
    const tellers = new Tellers();
    for (const row of rows(lines)) tellers.of(row.sessionId).row(row);
    for (const teller of tellers.map.values()) teller.settle();
    tellers.collect();
    const history = messages(tellers.told).map(({ sourceKey, data }) => [sourceKey, data.messageId]);
    const sorted = (list: readonly unknown[]): string[] => list.map((one) => JSON.stringify(one)).toSorted();
    expect(sorted(history)).toEqual(sorted(live));
  });

  it("loses and doubles no message when the agent is killed anywhere in between", () => {
    const whole = messages(play(lines).told)
      .map(({ data }) => data.messageId)
      .toSorted();
    for (let cut = 0; cut <= lines.length; cut += Math.max(1, Math.floor(lines.length / 12))) {
      const before = play0(lines.slice(0, cut));
      const after = new Tellers();
      for (const [id, hashes] of before.hashes) after.hashes.set(id, hashes);
      for (const teller of before.map.values()) after.of(teller.id, teller.saved);
      // what opencode has in its durable log comes again from the last safe place
      for (const row of rows(lines)) {
        const teller = after.of(row.sessionId);
        if (row.seq > (before.map.get(row.sessionId)?.saved.safeSeq ?? -1)) teller.row(row);
      }
      for (const teller of after.map.values()) teller.settle();
      after.collect();
      const ids = [...messages(before.told), ...messages(after.told)].map(({ data }) => data.messageId);
      expect([...new Set(ids)].toSorted()).toEqual([...new Set(whole)].toSorted());
    }
  });
});

/** Plays without the last settling: the agent was killed. */
function play0(lines: readonly Line[]): Tellers {
  const tellers = new Tellers();
  for (const row of rows(lines)) {
    tellers.of(row.sessionId).row(row);
    tellers.collect();
  }
  return tellers;
}

describe("statuses", () => {
  const statuses = (name: string): string[] =>
    play(transcript(name))
      .told.filter(({ type }) => /^session\.(busy|idle|waiting|error|retrying)$/.test(type))
      .map(({ type }) => type.replace("session.", ""));

  it("says idle once for a turn, however often opencode says it", () => {
    expect(statuses("01-simple-prompt")).toEqual(["busy", "idle"]);
    expect(statuses("11-abort")).toEqual(["busy", "idle"]);
    expect(statuses("12-prompt-while-busy")).toEqual(["busy", "idle"]);
  });

  it("waits while a person is asked, although opencode calls it busy", () => {
    expect(statuses("04-permission-once")).toEqual(["busy", "waiting", "busy", "idle"]);
    expect(statuses("06-question")).toEqual(["busy", "waiting", "busy", "idle"]);
  });

  it("says of a turn that was stopped that it was", () => {
    const idle = (name: string) => play(transcript(name)).told.find(({ type }) => type === "session.idle")?.data;
    expect(idle("11-abort")).toEqual({ aborted: true, turn: "aborted" });
    expect(idle("01-simple-prompt")).toEqual({ turn: "finished" });
    // an abort of a session that rests says nothing of its next turn
    const teller = new SessionTeller("ses_1", placement, { ...NEW_SESSION, project: "p1", status: "idle" }, new Map());
    teller.failed(ABORT, 1);
    for (const type of ["idle", "busy", "idle"] as const) teller.doing({ type }, 1);
    expect(teller.take().events.map(({ type, data }) => [type, data])).toEqual([
      ["session.busy", {}],
      ["session.idle", { turn: "unknown" }],
    ]);
  });

  it("calls an overflow a failure only where opencode did not mend it", () => {
    expect(statuses("16-overflow")).toEqual(["busy", "idle"]);
    const unmended = transcript("16-overflow").filter(({ payload }) => payload.type !== "sync");
    const told = play(unmended).told.filter(({ type }) => type.startsWith("session."));
    expect(told.map(({ type }) => type)).toEqual(["session.busy", "session.error"]);
    expect(told[1]).toMatchObject({ data: { name: "ContextOverflowError" } });
  });

  it("says with what a command ended, which is a tool that completed though it failed", () => {
    const ends = ["02-tool-call", "04-permission-once"].map((name) =>
      play(transcript(name)).told.flatMap(({ type, data }) => {
        if (type !== "tool.execute.after") return [];
        const { status, exit } = data as { readonly status: string; readonly exit?: number };
        return [{ status, exit }];
      }),
    );
    expect(ends.map((one) => one[0])).toEqual([
      { status: "completed", exit: 0 },
      { status: "completed", exit: 1 },
    ]);
  });

  it("says an error once and lets it stand", () => {
    expect(statuses("07-error-401")).toEqual(["busy", "error"]);
  });
});

it("marks an answer that never ended as interrupted, once", () => {
  const lines = transcript("11-abort");
  const [first] = rows(lines);
  const teller = new SessionTeller(
    first?.sessionId ?? "",
    placement,
    { ...NEW_SESSION, project: "p1", createdAt: 1 },
    new Map(),
  );
  for (const row of rows(lines).filter(({ seq }) => seq < 161)) teller.row(row);
  for (const at of [9, 10]) teller.runEnded("runEnded", at);
  const told = messages(teller.take().events).filter(({ data }) => data.state === "interrupted");
  expect(told).toHaveLength(1);
});
