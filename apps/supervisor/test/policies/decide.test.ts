import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decided, decide } from "../../src/capabilities/policies/domain/decide.ts";
import type { PolicySettings } from "../../src/capabilities/policies/domain/policy-settings.ts";
import {
  inherited,
  NO_STATE,
  type PolicyState,
  readPolicyState,
} from "../../src/capabilities/policies/domain/policy-state.ts";
import type { SessionFacts } from "../../src/capabilities/policies/domain/session-facts.ts";

const SECOND = 1_000;
const T = 1_000_000_000;

const SETTINGS: PolicySettings = {
  resume_on_idle: {
    enabled: true,
    idle_threshold_seconds: 300,
    max_retries: 3,
    retry_reset_seconds: 3_600,
    prompt: "go on",
  },
  resume_interrupted: { enabled: true, max_retries: 2, retry_reset_seconds: 3_600, prompt: "go on" },
  resume_on_limit: { enabled: true, max_retries: 2, retry_reset_seconds: 3_600, prompt: "go on" },
  restart_on_compaction: { enabled: true, token_threshold: 180_000, max_retries: 2, retry_reset_seconds: 3_600 },
  restart_on_stuck: { enabled: false, after_minutes: 30, max_retries: 1, retry_reset_seconds: 3_600 },
  restart_on_completed: {
    enabled: false,
    max_retries: 1,
    retry_reset_seconds: 3_600,
    prompt: "be ready",
  },
  alert_on_stuck: { enabled: true, stuck_minutes: 15 },
  alert_on_error_loop: { enabled: true, errors: 3 },
  include: { external: false, attached: false, completed: false },
};

const IDLE: SessionFacts = {
  project: "web",
  continues: null,
  isRestarting: false,
  canRestart: true,
  contextTokens: undefined,
  compactions: 0,
  status: "idle",
  since: T,
  isRoot: true,
  isExternal: false,
  episode: "msg_1",
  stopped: undefined,
  completed: undefined,
  isInterrupted: false,
  limit: undefined,
  isAttached: false,
  pause: undefined,
  held: undefined,
  pending: 0,
  isComing: false,
  stuck: undefined,
  looping: undefined,
  quietSince: undefined,
};

const look = (facts: Partial<SessionFacts>, now: number, state = NO_STATE, settings: Partial<PolicySettings> = {}) =>
  decide({ ...IDLE, ...facts }, state, { ...SETTINGS, ...settings }, now);
const outcomes = ({ decisions }: Decided): string[] => decisions.map(({ policy, outcome }) => `${policy} ${outcome}`);

describe("a session that rests", () => {
  it("is resumed after a full threshold, and not before", () => {
    const early = look({}, T + 299 * SECOND);
    expect([early.act, early.decisions, early.nextAt]).toEqual([undefined, [], T + 300 * SECOND]);
    expect(early.standing[0]?.text).toBe(
      "idle for 4 min; it is resumed in 1 s (attempt 1 of 3), unless somebody acts before",
    );
    const due = look({}, T + 300 * SECOND);
    expect(outcomes(due)).toEqual(["resume_on_idle acted"]);
    expect(due.act).toEqual({
      policy: "resume_on_idle",
      doing: { kind: "prompt", text: "go on" },
      key: "resume_on_idle/msg_1/1",
    });
  });

  it("is not resumed again before another threshold is over, though nothing came of the resume", () => {
    const first = look({}, T + 300 * SECOND);
    expect(look({}, T + 301 * SECOND, first.state).act).toBeUndefined();
    expect(look({}, T + 599 * SECOND, first.state).act).toBeUndefined();
    expect(look({}, T + 600 * SECOND, first.state).act?.key).toBe("resume_on_idle/msg_1/2");
  });

  it("is given up once after three times, counts anew an hour after the last, and with the next prompt at once", () => {
    let state: PolicyState = NO_STATE;
    const seen: [number, string][] = [];
    for (let now = T; now <= T + 5_100 * SECOND; now += SECOND) {
      const decided = look({}, now, state);
      for (const outcome of outcomes(decided)) seen.push([(now - T) / SECOND, outcome]);
      state = readPolicyState(JSON.parse(JSON.stringify(decided.state)));
    }
    expect(seen).toEqual([
      [300, "resume_on_idle acted"],
      [600, "resume_on_idle acted"],
      [900, "resume_on_idle acted"],
      [1_200, "resume_on_idle gave_up"],
      [4_500, "resume_on_idle acted"],
      [4_800, "resume_on_idle acted"],
      [5_100, "resume_on_idle acted"],
    ]);
    const now = T + 5_400 * SECOND;
    expect(outcomes(look({}, now, state))).toEqual(["resume_on_idle gave_up"]);
    expect(outcomes(look({ episode: "msg_2", since: now - 300 * SECOND }, now, state))).toEqual([
      "resume_on_idle acted",
    ]);
  });

  it.each<[string, Partial<SessionFacts>, Partial<PolicySettings>]>([
    ["never_prompted", { episode: undefined }, {}],
    ["stopped", { stopped: { by: "ada" } }, {}],
    ["completed", { completed: { by: "file", continues: null } }, {}],
    ["external", { isExternal: true }, {}],
    ["attached", { isAttached: true }, {}],
    ["paused", { pause: { scope: "fleet", by: "ada", reason: null, until: null } }, {}],
    ["held", { held: "ada holds the fleet" }, {}],
    ["prompt_waits", { pending: 1 }, {}],
    ["quiet_hours", {}, { quiet_hours: { from: "00:00", to: "23:59", time_zone: "UTC" } }],
  ])("is left alone: %s, which is told once", (code, facts, settings) => {
    const now = Math.floor(T / 86_400_000) * 86_400_000 + 3_600_000;
    const since = now - 400 * SECOND;
    const first = look({ ...facts, since }, now, NO_STATE, settings);
    expect(first.act).toBeUndefined();
    expect(first.decisions).toMatchObject([{ policy: "resume_on_idle", outcome: "skipped", code }]);
    expect(look({ ...facts, since }, now + SECOND, first.state, settings).decisions).toEqual([]);
  });

  it("is resumed where the configuration includes it", () => {
    const now = T + 300 * SECOND;
    const include = { external: true, attached: true, completed: true };
    const completed = { by: "file", continues: null };
    expect(look({ isExternal: true, isAttached: true, completed }, now, NO_STATE, { include }).act).toBeDefined();
  });

  it.each(["busy", "waiting", "retrying", "error", "ended", "unreachable", "starting"] as const)(
    "is not meant while it is %s",
    (status) => {
      expect(look({ status }, T + 9_999 * SECOND).act).toBeUndefined();
    },
  );
});

describe("a turn that was interrupted", () => {
  const facts = { status: "error", isInterrupted: true } as const;

  it("is resumed at once, and after the same again", () => {
    const first = look(facts, T);
    expect(first.act?.policy).toBe("resume_interrupted");
    expect(look(facts, T + 59 * SECOND, first.state).act).toBeUndefined();
    const second = look({ ...facts, since: T + 60 * SECOND }, T + 60 * SECOND, first.state);
    expect(second.act?.key).toBe("resume_interrupted/msg_1/2");
    expect(outcomes(look({ ...facts, since: T + 120 * SECOND }, T + 120 * SECOND, second.state))).toEqual([
      "resume_interrupted gave_up",
    ]);
  });

  it("waits for what its provider said", () => {
    const limit = { until: T + 500 * SECOND, message: "Usage limit reached" };
    const before = look({ ...facts, limit }, T + 1);
    expect([before.act, before.nextAt]).toEqual([undefined, T + 500 * SECOND]);
    expect(look({ ...facts, limit }, T + 500 * SECOND).act?.policy).toBe("resume_interrupted");
  });
});

describe("a turn that failed after its provider said later", () => {
  const limit = { until: T + 500 * SECOND, message: "Usage limit reached" };

  it("is resumed at that time, and not before", () => {
    const facts = { status: "error", limit } as const;
    expect(look(facts, T + 499 * SECOND)).toMatchObject({ act: undefined, nextAt: T + 500 * SECOND });
    expect(look(facts, T + 500 * SECOND).act?.policy).toBe("resume_on_limit");
  });

  it("is left to a person where it failed for another reason", () => {
    expect(look({ status: "error" }, T + 9_999 * SECOND)).toMatchObject({ act: undefined, decisions: [] });
  });
});

describe("what a person is told", () => {
  it("is told once for each time that a session is stuck, and not while it is paused", () => {
    const stuck = { since: T, reason: "nothing moved" };
    const facts = { status: "busy", stuck } as const;
    const pause = { scope: "fleet", by: "ada", reason: null, until: null };
    const paused = look({ ...facts, pause }, T);
    expect(outcomes(paused)).toEqual(["alert_on_stuck skipped"]);
    const first = look(facts, T, paused.state);
    expect(outcomes(first)).toEqual(["alert_on_stuck alerted"]);
    expect(outcomes(look(facts, T + SECOND, first.state))).toEqual([]);
    expect(outcomes(look({ ...facts, stuck: { ...stuck, since: T + 1 } }, T + SECOND, first.state))).toEqual([
      "alert_on_stuck alerted",
    ]);
  });

  it("is looked for when the time is over", () => {
    expect(look({ status: "busy", quietSince: T }, T + SECOND).nextAt).toBe(T + 15 * 60 * SECOND);
  });

  it("is told once of a loop, in a turn that failed, too", () => {
    const facts = { status: "error", looping: { since: T, reason: "3 turns in a row failed" } } as const;
    const first = look(facts, T);
    expect(outcomes(first)).toEqual(["alert_on_error_loop alerted"]);
    expect(outcomes(look(facts, T, first.state))).toEqual([]);
  });
});

describe("a session whose context is full", () => {
  const FULL = { contextTokens: 180_000 } as const;

  it("is restarted with a handover at once, and one below the threshold is not", () => {
    expect(look({ contextTokens: 179_999 }, T).act).toBeUndefined();
    const due = look(FULL, T);
    expect(due.act).toMatchObject({ policy: "restart_on_compaction", doing: { kind: "restart", handover: true } });
    expect(due.decisions[0]?.reason).toBe("its context has 180,000 tokens; attempt 1 of 2");
    expect(look({ ...FULL, isRestarting: true }, T + SECOND, due.state)).toMatchObject({
      act: undefined,
      decisions: [],
    });
  });

  it("is restarted for how often it was compacted where that is configured, and only between its turns", () => {
    const restart_on_compaction = { ...SETTINGS.restart_on_compaction, compaction_threshold: 2 };
    expect(look({ compactions: 2 }, T).act).toBeUndefined();
    expect(look({ compactions: 1 }, T, NO_STATE, { restart_on_compaction }).act).toBeUndefined();
    expect(look({ compactions: 2 }, T, NO_STATE, { restart_on_compaction }).act).toBeDefined();
    expect(look({ ...FULL, status: "busy" }, T).act).toBeUndefined();
  });

  it("is not restarted where a person stopped it, or where its agent cannot", () => {
    expect(look({ ...FULL, stopped: { by: "ada" } }, T)).toMatchObject({
      act: undefined,
      decisions: [{ policy: "restart_on_compaction", outcome: "skipped", code: "stopped" }],
    });
    expect(look({ ...FULL, canRestart: false }, T).decisions).toMatchObject([{ code: "older_agent" }]);
  });

  it("is restarted no more often than it may along the chain, whose first prompts are no person's", () => {
    const first = look(FULL, T);
    const second = look(
      { ...FULL, continues: "ses_old", episode: "msg_first_of_new", since: T + 90 * SECOND },
      T + 90 * SECOND,
      inherited(NO_STATE, first.state),
    );
    expect(outcomes(second)).toEqual(["restart_on_compaction acted"]);
    const third = look(
      { ...FULL, continues: "ses_new", episode: "msg_first_of_newest", since: T + 180 * SECOND },
      T + 180 * SECOND,
      inherited(NO_STATE, second.state),
    );
    expect([third.act, outcomes(third)]).toEqual([undefined, ["restart_on_compaction gave_up"]]);
    // a person's prompt is the next episode
    const next = look({ ...FULL, episode: "msg_person" }, T + 200 * SECOND, third.state);
    expect(outcomes(next)).toEqual(["restart_on_compaction acted"]);
  });

  it("keeps its count where the restart failed behind the prompt to hand over", () => {
    const first = look(FULL, T);
    const handing = look({ ...FULL, isRestarting: true, episode: "msg_handover" }, T + SECOND, first.state);
    const failed = look({ ...FULL, episode: "msg_handover" }, T + 70 * SECOND, handing.state);
    expect(failed.act?.key).toBe("restart_on_compaction/msg_handover/2");
    const again = look({ ...FULL, episode: "msg_handover" }, T + 140 * SECOND, {
      ...failed.state,
      isRestarting: false,
    });
    expect(outcomes(again)).toEqual(["restart_on_compaction gave_up"]);
  });
});

describe("a session whose task is completed", () => {
  const completed = { by: "file", continues: null };
  const restart_on_completed = { ...SETTINGS.restart_on_completed, enabled: true };

  it("hands over between its turns where that is configured, with what the new one is told, and once", () => {
    expect(look({ completed }, T).act).toBeUndefined();
    expect(look({ completed, status: "busy" }, T, NO_STATE, { restart_on_completed }).act).toBeUndefined();
    const due = look({ completed }, T, NO_STATE, { restart_on_completed });
    expect(due.act).toMatchObject({
      policy: "restart_on_completed",
      doing: { kind: "restart", handover: true, prompt: "be ready" },
    });
    const next = { completed: { by: "file", continues: "ses_old" }, continues: "ses_old", episode: "msg_first_of_new" };
    const later = T + 9_999 * SECOND;
    const rests = look(next, later, inherited(NO_STATE, due.state), { restart_on_completed });
    expect([rests.act, outcomes(rests)]).toEqual([undefined, ["resume_on_idle skipped"]]);
  });

  it("does nothing else: neither a full context nor a failed turn begins anything", () => {
    const full = look({ completed, contextTokens: 180_000 }, T);
    expect(full.decisions).toMatchObject([{ policy: "restart_on_compaction", outcome: "skipped", code: "completed" }]);
    const failed = look({ completed, status: "error", isInterrupted: true }, T);
    expect(failed.decisions).toMatchObject([{ policy: "resume_interrupted", outcome: "skipped", code: "completed" }]);
  });

  it("is left as it is where a person stopped it", () => {
    const stopped = look({ completed, stopped: { by: "ada" } }, T, NO_STATE, { restart_on_completed });
    expect(stopped.decisions).toMatchObject([{ policy: "restart_on_completed", outcome: "skipped", code: "stopped" }]);
  });
});

it("restarts a session that stays stuck, without a handover and only where that is configured", () => {
  const facts = { status: "busy", stuck: { since: T, reason: "nothing moved" } } as const;
  const restart_on_stuck = { ...SETTINGS.restart_on_stuck, enabled: true };
  const now = T + 30 * 60 * SECOND;
  expect(look(facts, now).act).toBeUndefined();
  expect(look(facts, now - 1, NO_STATE, { restart_on_stuck }).act).toBeUndefined();
  const due = look(facts, now, NO_STATE, { restart_on_stuck });
  expect(due.act?.doing).toEqual({ kind: "restart", handover: false });
  expect(
    outcomes(look(facts, now + 30 * 60 * SECOND, { ...due.state, isRestarting: false }, { restart_on_stuck })),
  ).toEqual(["restart_on_stuck gave_up"]);
});

/** What may happen to a session between two looks. */
const change = fc.record({
  afterMs: fc.integer({ min: 0, max: 700_000 }),
  status: fc.constantFrom("idle", "idle", "idle", "busy", "error", "waiting", "unreachable") as fc.Arbitrary<
    SessionFacts["status"]
  >,
  isNewEpisode: fc.boolean(),
  isNewStatus: fc.boolean(),
  isStopped: fc.boolean(),
  isInterrupted: fc.boolean(),
  isLimited: fc.boolean(),
  isPaused: fc.boolean(),
  isHeld: fc.boolean(),
  isCompleted: fc.boolean(),
  isRestarted: fc.boolean(),
});

// I24
describe("for any history", () => {
  it("no policy acts more often than it may, twice for one thing, or against a person", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        let [now, episode, since] = [T, 1, T];
        let state: PolicyState = NO_STATE;
        const acts: { policy: string; episode: number; at: number; key: string }[] = [];
        for (const one of changes) {
          now += one.afterMs;
          if (one.isNewEpisode && one.afterMs % 3 === 0) episode += 1;
          if (one.isNewStatus) since = now;
          const facts: Partial<SessionFacts> = {
            status: one.status,
            since,
            episode: `msg_${episode}`,
            stopped: one.isStopped ? { by: undefined } : undefined,
            isInterrupted: one.isInterrupted,
            limit: one.isLimited ? { until: since + 1_000, message: "later" } : undefined,
            pause: one.isPaused ? { scope: "fleet", by: "ada", reason: null, until: null } : undefined,
            held: one.isHeld ? "held" : undefined,
            completed: one.isCompleted ? { by: "ada", continues: null } : undefined,
          };
          const decided = look(facts, now, state);
          expect(decide({ ...IDLE, ...facts }, decided.state, SETTINGS, now).act).toBeUndefined();
          state = one.isRestarted ? readPolicyState(JSON.parse(JSON.stringify(decided.state))) : decided.state;
          if (decided.act === undefined) continue;
          expect([one.isStopped, one.isPaused, one.isHeld, one.isCompleted]).toEqual([false, false, false, false]);
          expect(["idle", "error"]).toContain(one.status);
          acts.push({ policy: decided.act.policy, episode, at: now, key: decided.act.key });
        }
        expect(new Set(acts.map(({ key }) => key)).size).toBe(acts.length);
        for (const policy of ["resume_on_idle", "resume_interrupted", "resume_on_limit"] as const) {
          const most = SETTINGS[policy].max_retries;
          const own = acts.filter((act) => act.policy === policy);
          const tooMany = own.filter((act, index) => {
            // one above the cap comes an hour after the last of them, or in another episode
            const run = own.slice(Math.max(0, index - most), index + 1).filter((one) => one.episode === act.episode);
            const gaps = run.slice(1).map((one, at) => one.at - (run[at] as typeof act).at);
            return run.length > most && Math.max(...gaps) < 3_600_000;
          });
          expect(tooMany).toEqual([]);
          const tooSoon = own.filter((act, index) => {
            const before = own[index - 1];
            return (
              before?.episode === act.episode && act.at - before.at < (policy === "resume_on_idle" ? 300_000 : 60_000)
            );
          });
          expect(tooSoon).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
