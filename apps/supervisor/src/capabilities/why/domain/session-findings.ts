import { type Finding, isFinal } from "@hal/protocol";
import { duration, eventText, thousands } from "@hal/words";

import type { KnownCommand, KnownRestart, OpenInteraction, SessionSubject, WhyFacts } from "./facts.ts";
import { finding } from "./finding.ts";

/** A turn of which nothing was heard for so long deserves a look, and after the longer time a person. */
const QUIET_MS = 5 * 60_000;
const STUCK_MS = 20 * 60_000;

/** From here on a compaction is near. */
const FULL_PERCENT = 85;

const AT_WORK: ReadonlySet<string> = new Set(["busy", "retrying", "starting"]);

/** What the session itself has to do with it. */
export function sessionFindings(facts: WhyFacts): Finding[] {
  const { session, node } = facts;
  if (session === undefined) return [];
  const findings = [finding("session", levelOf(session.status), session.reason, session.since)];
  if (AT_WORK.has(session.status)) findings.push(turnFinding(facts));
  findings.push(...healthFindings(session), ...restartFindings(session));
  for (const child of session.children)
    findings.push(finding("turn", "note", `its child ${child.id} is ${child.status}: ${child.reason}`));
  findings.push(...providerFindings(facts));
  if (session.worktree !== undefined)
    findings.push(finding("session", session.worktree.isKept ? "problem" : "note", session.worktree.text));
  if (session.isExternal)
    findings.push(finding("session", "note", `somebody started it in opencode itself, on ${node.hostname}`));
  return findings;
}

function levelOf(status: string): Finding["level"] {
  switch (status) {
    case "busy":
    case "idle":
    case "starting":
      return "fine";
    case "ended":
    case "retrying":
      return "note";
    default:
      return "problem";
  }
}

/** Whether something moves: by what its agent sees, or, where that says nothing, by what was told last. */
function turnFinding({ events, now, session, node }: WhyFacts): Finding {
  const { health, status = "" } = session ?? {};
  if (health?.quiet !== undefined) {
    const isStuck = health.marks.some(({ mark }) => mark === "stuck");
    return finding("turn", isStuck ? "problem" : "note", `${status}, ${health.quiet.text}`, health.quiet.since);
  }
  if (health !== undefined && node.connected)
    return finding("turn", "fine", "its agent sees that something moves, in it or in what it started");
  const last = events.find(({ type }) => type !== "session.health");
  if (last === undefined) return finding("turn", "note", "nothing was heard of its turn yet");
  const quietMs = now - last.at;
  const text = `the last sign of it came ${duration(quietMs)} ago (${eventText(last)})`;
  return finding("turn", quietMs > STUCK_MS ? "problem" : quietMs > QUIET_MS ? "note" : "fine", text, last.at);
}

/** Whether it loops, how full its context is, and what it is at by its own word. */
function healthFindings({ health, status }: SessionSubject): Finding[] {
  if (health === undefined) return [];
  const { marks, context, task } = health;
  const findings = marks
    .filter(({ mark }) => mark === "looping")
    .map(({ reason, since }) => finding("turn", "problem", `looping: ${reason}`, since));
  if (status === "unreachable") findings.push(finding("turn", "note", "whether anything moves in it is not known now"));
  if (context?.percent != null)
    findings.push(
      finding(
        "session",
        context.percent >= FULL_PERCENT ? "note" : "fine",
        `its context is ${context.percent} % full: ${thousands(context.tokens)} of ${thousands(context.limit ?? 0)} tokens`,
      ),
    );
  if (task !== undefined) findings.push(finding("session", "fine", `its task, by its own word: ${task.text}`, task.at));
  return findings;
}

/** What it goes on from, and what goes on from it. */
function restartFindings({ continues, continuedBy }: SessionSubject): Finding[] {
  const told = (what: string, { sessionId, command }: KnownRestart): Finding => {
    if (command === undefined) return finding("session", "note", `${what} ${sessionId}`);
    const { id, actor, at, handover } = command;
    const how = handover === undefined ? "" : `; ${handover}`;
    return finding("session", "note", `${what} ${sessionId}: a restart that ${actor} asked for (${id})${how}`, at);
  };
  return [
    ...(continues === undefined ? [] : [told("it goes on from", continues)]),
    ...(continuedBy === undefined ? [] : [told("it was restarted and goes on as", continuedBy)]),
  ];
}

/** What the model's provider answered since the last turn that went well. */
function providerFindings({ events, now, session }: WhyFacts): Finding[] {
  const wentWell = events.findIndex(({ type, data }) => type === "session.idle" && data["aborted"] !== true);
  const failed = session?.status === "error";
  const recent = failed || wentWell === -1 ? events : events.slice(0, wentWell);
  const retries = recent.filter(({ type }) => type === "session.retrying");
  const [latest] = retries;
  const findings: Finding[] = [];
  if (latest !== undefined) {
    const next = latest.data["nextAt"];
    const when =
      typeof next === "number" && next > now && session?.status === "retrying"
        ? `; next try in ${duration(next - now)}`
        : "";
    const count = retries.length === 1 ? "one attempt" : `${retries.length} attempts`;
    findings.push(
      finding(
        "provider",
        "note",
        `${count} failed, the last one with: ${String(latest.data["message"])}${when}`,
        latest.at,
      ),
    );
  }
  const error = recent.find(({ type }) => type === "session.error");
  if (error !== undefined)
    findings.push(
      finding("provider", failed ? "problem" : "note", eventText(error).replace("session.error: ", ""), error.at),
    );
  return findings;
}

/** What waits for a person, and who that may be. */
export function interactionFindings({ open, unasked, session, now }: WhyFacts): Finding[] {
  const waiting = open.map((asked) =>
    finding("interaction", "problem", askedText(asked, session?.id, now), asked.askedAt),
  );
  if (unasked === undefined) return waiting;
  const text = `no person answered ${unasked.summary}: it was ${unasked.reason}`;
  return [...waiting, finding("interaction", "note", text, unasked.at)];
}

function askedText({ id, summary, sessionId, askedAt }: OpenInteraction, own: string | undefined, now: number): string {
  const whose = sessionId === own ? "" : own === undefined ? ` (session ${sessionId})` : ` (its child ${sessionId})`;
  return `${id} waits ${duration(now - askedAt)} for a person${whose}: ${summary}; whoever has the role operator or admin may answer`;
}

/** Prompts with which nothing began, and those that wait. */
export function promptFindings({ stalled = [], pending = [] }: WhyFacts): Finding[] {
  return [
    ...stalled.map(({ commandId, reason, askedAt }) =>
      finding("command", "problem", `the prompt of ${commandId} is stalled: ${reason}`, askedAt),
    ),
    ...pending.map(({ id, reason, actor, created_at: at }) =>
      finding("turn", "note", `the prompt ${id} of ${actor} ${reason}`, Date.parse(at)),
    ),
  ];
}

/** What was asked of the node and has no outcome, or a bad one. */
export function commandFindings({ commands, now }: WhyFacts): Finding[] {
  const open = commands.filter(({ state }) => !isFinal(state)).map((command) => openFinding(command, now));
  const [last] = commands;
  const failed =
    last !== undefined && (last.state === "failed" || last.state === "expired")
      ? [finding("command", "problem", `the last command, ${last.type}, ${last.state}: ${last.reason}`, last.createdAt)]
      : [];
  return [...open, ...failed];
}

function openFinding({ id, type, state, reason, createdAt, deadlineAt }: KnownCommand, now: number): Finding {
  const level = state === "queued" || (deadlineAt !== null && now > deadlineAt) ? "problem" : "note";
  return finding("command", level, `${type} (${id}) is ${state}: ${reason}`, createdAt);
}

/** Where something is not known. */
export function gapFindings({ gaps }: WhyFacts): Finding[] {
  return gaps.map(({ at, data }) => {
    const count = typeof data["count"] === "number" ? `${data["count"]} events` : "something";
    return finding("gap", "note", `${count} could not be kept or cannot be known: ${String(data["reason"])}`, at);
  });
}

/** The last things that happened, newest last. */
export function eventFindings({ events }: WhyFacts): Finding[] {
  return events
    .filter(({ type }) => type !== "session.updated" && type !== "session.health" && type !== "gap")
    .slice(0, 5)
    .toReversed()
    .map((event) => finding("event", "fine", eventText(event), event.at));
}
