import type { HalEvent } from "@hal/protocol";
import { foldInteraction, foldSession, type InteractionRow, type SessionRow } from "@hal/store/supervisor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NEW_SESSION } from "../../src/capabilities/sessions/domain/saved-session.ts";
import { SessionTeller } from "../../src/capabilities/sessions/domain/session-teller.ts";
import { sourceError } from "../../src/domain/source-fact.ts";
import { aSession } from "../support/source-facts.ts";

const ID = "ses_1";
const KEY = { nodeId: "n", sessionId: ID, project: "p" };
const ASKED = { kind: "permission" as const, summary: "s", patterns: [], always: [], questions: [], askedAt: 1 };
const SESSION = aSession(ID);
const REQUESTS = ["per_1", "per_2", "per_3"];
const STATUSES = ["starting", "busy", "idle", "waiting", "retrying", "error", "ended"] as const;

/** What opencode does with one session, as far as it changes what is told. */
const STEPS = ["busy", "idle", "retry", "fail", "ask", "reply", "archive", "prompt"] as const;

/** A session in opencode and its teller. */
class Told {
  readonly events: HalEvent[] = [];
  readonly teller = new SessionTeller(ID, { projectOf: () => "p", isExternal: () => false }, NEW_SESSION, new Map());
  readonly open = new Set<string>();
  #doing: "busy" | "idle" | "retry" = "idle";
  #archivedAt: number | undefined;
  #at = 10;

  constructor(steps: readonly (typeof STEPS)[number][]) {
    this.teller.session(SESSION);
    this.compare();
    for (const step of steps) this.#step(step);
  }

  #step(step: (typeof STEPS)[number]): void {
    this.#at += 1;
    const next = REQUESTS.find((id) => !this.open.has(id));
    if (step === "busy" || step === "prompt" || step === "retry") {
      this.#doing = step === "retry" ? "retry" : "busy";
      this.#archivedAt = undefined;
    }
    if (step === "fail") this.teller.failed(sourceError("APIError", "no"), this.#at);
    if (step === "idle" || step === "fail") this.#rest();
    if (step === "archive") {
      this.#rest();
      this.#archivedAt = this.#at;
    }
    if (step === "ask" && this.#doing !== "idle" && next !== undefined) this.open.add(next);
    if (step === "reply") this.open.clear();
    this.compare();
  }

  #rest(): void {
    this.#doing = "idle";
    this.open.clear();
  }

  /** What a comparison of this session does. */
  compare(): HalEvent[] {
    const before = this.events.length;
    this.#at += 1;
    this.teller.session({ ...SESSION, archivedAt: this.#archivedAt });
    if (this.#doing === "idle") this.teller.compared({ type: "idle" }, this.#at);
    else {
      for (const id of this.teller.toJudge)
        if (!this.open.has(id)) this.teller.gone(id, { reason: "gone", at: this.#at, isMissed: true });
      this.teller.revive();
      this.teller.compared(
        this.#doing === "busy" ? { type: "busy" } : { type: "retry", attempt: 1, message: "m" },
        this.#at,
      );
      for (const interactionId of this.open) this.teller.asked({ ...ASKED, interactionId }, this.#at);
    }
    this.events.push(...this.teller.take().events);
    return this.events.slice(before);
  }
}

/** What the log has of the session, folded as the supervisor does it. */
class Log {
  row: SessionRow | undefined;
  readonly requests = new Map<string, InteractionRow>();

  fold(event: HalEvent): void {
    this.row = foldSession(this.row, KEY, event);
    if (event.type === "session.idle" || event.type === "session.ended")
      for (const [id, row] of this.requests)
        if (row.state === "open") this.requests.set(id, { ...row, state: "expired" });
    const { interactionId: id } = event.data as { readonly interactionId?: string };
    if (id === undefined || !event.type.startsWith("interaction.")) return;
    const after = foldInteraction(this.requests.get(id), { ...KEY, rootSessionId: ID, seenAt: 1 }, event, "somebody");
    if (after !== undefined) this.requests.set(id, after);
  }

  get open(): string[] {
    return [...this.requests].filter(([, { state }]) => state === "open").map(([id]) => id);
  }
}

const anyWrong = fc.record({
  status: fc.option(fc.constantFrom(...STATUSES), { nil: undefined }),
  open: fc.uniqueArray(fc.constantFrom(...REQUESTS, "per_lost")),
});

/** The log of a supervisor that has something else of the session than was told. */
function wrongLog({ status, open }: { status: SessionRow["status"] | undefined; open: string[] }): Log {
  const log = new Log();
  const started = { title: "older", costMicroUsd: 1, createdAt: 1, updatedAt: 1, external: false };
  log.fold({ type: "session.started", at: 1, session: ID, data: started });
  for (const interactionId of open)
    log.fold({ type: "interaction.asked", at: 1, session: ID, data: { ...ASKED, interactionId } });
  log.row = status === undefined ? undefined : ({ ...log.row, status } as SessionRow);
  return log;
}

// I20
describe("a session that is told once more", () => {
  it("is in the log as it was told, whatever the log had of it", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 12 }), anyWrong, (steps, wrong) => {
        const told = new Told(steps);
        const log = wrongLog(wrong);
        told.teller.tellAgain(log.open);
        for (const event of told.compare()) log.fold(event);
        expect(log.row?.status).toBe(told.teller.status);
        const { title, costMicroUsd } = SESSION;
        expect(log.row).toMatchObject({ title, costMicroUsd });
        expect(log.open.toSorted()).toEqual(Object.keys(told.teller.saved.open).toSorted());
      }),
      { numRuns: 500 },
    );
  });

  it("is told with keys that were never told before, so that the log takes it", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 12 }), anyWrong, (steps, { open }) => {
        const told = new Told(steps);
        for (let round = 0; round < 3; round += 1) {
          told.teller.tellAgain(open);
          expect(told.compare().length).toBeGreaterThan(0);
        }
        const keys = told.events.map(({ sourceKey }) => sourceKey);
        expect(new Set(keys).size).toBe(keys.length);
      }),
    );
  });

  it("is told once, and not with each comparison", () => {
    const told = new Told(["busy", "ask"]);
    told.teller.tellAgain(["per_lost"]);
    expect(told.compare().map(({ type }) => type)).toEqual([
      "session.updated",
      "interaction.expired",
      "session.waiting",
      "interaction.asked",
    ]);
    expect(told.compare()).toEqual([]);
  });
});
