import type { Mutant } from "../mutant.ts";

const RESYNC = ["apps/agent/test/sessions/resync.test.ts"];
const POLICIES = ["apps/supervisor/test/policies"].flatMap((folder) =>
  ["decide.test.ts", "policies.test.ts"].map((name) => `${folder}/${name}`),
);
const SCHEDULES = ["judge-schedule.test.ts", "schedules.test.ts"].map(
  (name) => `apps/supervisor/test/schedules/${name}`,
);
const PROJECTS = ["project-graph.test.ts", "downstream.test.ts", "projects.test.ts"].map(
  (name) => `apps/supervisor/test/projects/${name}`,
);
const INBOX = ["tier.test.ts", "notes.test.ts", "inbox.test.ts"].map((name) => `apps/supervisor/test/inbox/${name}`);
const ONE_ACTIVE = ["apps/supervisor/test/sessions/one-active.test.ts"];

/** What acts while people sleep, and what is said of it in the morning. */
export const OVERNIGHT: readonly Mutant[] = [
  {
    name: "comparison-overtakes-the-stream",
    invariant: "I19",
    file: "apps/agent/src/capabilities/sessions/compare/resync.ts",
    search: "if (spokenOf.has(id) || hasEnded) {",
    replace: "if (hasEnded) {",
    tests: RESYNC,
  },
  {
    name: "rest-judged-by-older-rows",
    invariant: "I19",
    file: "apps/agent/src/capabilities/sessions/compare/resync.ts",
    search: "if (answers.length > 0) await context.durable.read(",
    replace: "if (answers.length < 0) await context.durable.read(",
    tests: RESYNC,
  },
  {
    name: "stopped-before-an-answer-is-finished",
    invariant: "I19",
    file: "apps/agent/src/capabilities/sessions/domain/messages/message-assembly.ts",
    search: "return parts.size === 0 && isEndOfNothing(message)",
    replace: "return parts.size < 0 && isEndOfNothing(message)",
    tests: [...RESYNC, "apps/agent/test/sessions/message-book.test.ts"],
  },
  {
    name: "policy-acts-beyond-its-cap",
    invariant: "I24",
    file: "apps/supervisor/src/capabilities/policies/domain/occasion.ts",
    search: "if (own.count >= most) {",
    replace: "if (own.count > most) {",
    tests: POLICIES,
  },
  {
    name: "policy-acts-behind-a-stop",
    invariant: "I24",
    file: "apps/supervisor/src/capabilities/policies/domain/blocked.ts",
    search: "if (facts.stopped !== undefined)",
    replace: "if (facts.stopped !== undefined && facts.pending > 1_000)",
    tests: POLICIES,
  },
  {
    name: "policy-forgets-what-it-did-at-once",
    invariant: "I24",
    file: "apps/supervisor/src/capabilities/policies/domain/occasion.ts",
    search: "now - own.lastActAt >= seconds * 1000",
    replace: "now - own.lastActAt >= seconds",
    tests: POLICIES,
  },
  {
    name: "completed-task-is-worked-on",
    invariant: "I24",
    file: "apps/supervisor/src/capabilities/policies/domain/blocked.ts",
    search: "if (facts.completed !== undefined && !settings.include.completed)",
    replace: "if (facts.completed !== undefined && settings.include.completed)",
    tests: POLICIES,
  },
  {
    name: "time-of-a-schedule-comes-twice",
    invariant: "I26",
    file: "apps/supervisor/src/capabilities/schedules/domain/judge-schedule.ts",
    search: "return { place: { rule, since: last }, due,",
    replace: "return { place: { rule, since }, due,",
    tests: SCHEDULES,
  },
  {
    name: "skipped-time-begins-work",
    invariant: "I26",
    file: "apps/supervisor/src/capabilities/schedules/domain/judge-schedule.ts",
    search: "missed: earlier, begins: false }];",
    replace: "missed: earlier, begins: true }];",
    tests: SCHEDULES,
  },
  {
    name: "new-schedule-has-missed-times",
    invariant: "I26",
    file: "apps/supervisor/src/capabilities/schedules/domain/judge-schedule.ts",
    search: "if (before?.rule !== rule) return",
    replace: "if (before === undefined) return",
    tests: SCHEDULES,
  },
  {
    name: "question-is-put-off-for-good",
    invariant: "I27",
    file: "apps/supervisor/src/capabilities/inbox/domain/notes.ts",
    search: 'if (about === "interaction" && !isBounded) return "open";',
    replace: "",
    tests: INBOX,
  },
  {
    name: "note-outlives-what-it-was-of",
    invariant: "I27",
    file: "apps/supervisor/src/capabilities/inbox/domain/notes.ts",
    search: "if (note === undefined || note.footing !== footing)",
    replace: "if (note === undefined)",
    tests: INBOX,
  },
  {
    name: "failure-is-no-need",
    invariant: "I27",
    file: "apps/supervisor/src/capabilities/inbox/domain/tier.ts",
    search: "return failedNeed(session) ?? stuckNeed(session)",
    replace: "return stuckNeed(session)",
    tests: INBOX,
  },
  {
    name: "start-that-is-queued-is-not-active",
    invariant: "I28",
    file: "packages/store/src/supervisor/prompts/active-in.ts",
    search: 'if (command !== undefined) return { by: "begins", commandId: command.id };',
    replace: "",
    tests: ONE_ACTIVE,
  },
  {
    name: "prompt-on-its-way-is-not-active",
    invariant: "I28",
    file: "packages/store/src/supervisor/prompts/active-in.ts",
    search: 'return comes === undefined ? undefined : { by: "prompted", sessionId: comes.id };',
    replace: "return comes === undefined ? undefined : undefined;",
    tests: ONE_ACTIVE,
  },
  {
    name: "downstream-does-not-wait-for-all",
    invariant: "I29",
    file: "apps/supervisor/src/capabilities/projects/begin-dependents.ts",
    search: "waited.length > 0",
    replace: "waited.length > 1",
    tests: PROJECTS,
  },
  {
    name: "downstream-begins-behind-an-older-completion",
    invariant: "I29",
    file: "apps/supervisor/src/capabilities/projects/domain/project-graph.ts",
    search: "other.eventId > task.eventId",
    replace: "other.eventId < task.eventId",
    tests: PROJECTS,
  },
  {
    name: "occasion-is-asked-for-under-another-key",
    invariant: "I26",
    file: "apps/supervisor/src/capabilities/schedules/begin-occasion.ts",
    search: "    idempotencyKey: id,",
    replace: "    idempotencyKey: `${id}/${Math.random()}`,",
    tests: SCHEDULES,
  },
  {
    name: "schedule-starts-beside-its-last-session",
    invariant: "I26",
    file: "apps/supervisor/src/capabilities/schedules/begin-occasion.ts",
    search: "if (session === undefined || !isActive(session.status)) return undefined;",
    replace: "if (session === undefined || isAtWork(session.status)) return undefined;",
    tests: SCHEDULES,
  },
  {
    name: "start-does-not-wait-for-its-precondition",
    invariant: "I26",
    file: "apps/agent/src/capabilities/commands/may-start.ts",
    search: "if (reason === undefined) return;",
    replace: "if (reason === undefined || timeoutMs > 0) return;",
    tests: ["apps/agent/test/commands/start-conditions.test.ts"],
  },
];
