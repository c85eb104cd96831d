import type { ArrivalView, Finding, RepositoryView, WhyView } from "@hal/protocol";
import { finding } from "./finding.ts";

/** What is known of something that a service told. */
export interface ArrivalFacts {
  readonly arrival: ArrivalView;
  readonly repository: RepositoryView;
}

/** Why a session has what a service told, or why none has. Pure. */
export function explainArrival({ arrival, repository }: ArrivalFacts): WhyView {
  const { id, event, thing, state, reason, from, sender } = arrival;
  const name = `${event} of ${arrival.repository} ${thing}`;
  const answered = arrival.answer === "none" ? "" : `; its answer is ${arrival.answer}: ${arrival.answer_reason}`;
  return {
    subject: { kind: "arrival", id, name },
    status: state,
    answer: `${from} told ${name}, by ${sender}; it is ${state.replace("_", " ")}: ${reason}${answered}`,
    findings: findingsOf({ arrival, repository }),
    next: nextSteps({ arrival, repository }),
  };
}

function findingsOf({ arrival, repository }: ArrivalFacts): Finding[] {
  const { state, reason, tries, answer, answer_reason: why, rule, project, created_at: at } = arrival;
  const isStuck = state === "refused" || state === "given_up" || tries > 0;
  const tried = tries === 0 ? "" : `; it was tried ${tries} times`;
  return [
    finding(
      "arrival",
      isStuck && arrival.session_id === null ? "problem" : "fine",
      `${reason}${tried}`,
      Date.parse(at),
    ),
    finding("arrival", "fine", `${rule} took it, for project ${project}`),
    ...(answer === "none" ? [] : [finding("arrival", answer === "stopped" ? "problem" : "fine", `its answer: ${why}`)]),
    ...(repository.state === "on" ? [] : [finding("arrival", "problem", repository.reason)]),
  ];
}

function nextSteps({ arrival, repository }: ArrivalFacts): WhyView["next"] {
  const { session_id: session } = arrival;
  return [
    ...(repository.state === "off"
      ? [{ command: `halctl incoming on ${repository.repository}`, purpose: "have what comes from it taken again" }]
      : []),
    ...(session === null ? [] : [{ command: `halctl why ${session}`, purpose: "see how its session is" }]),
    { command: `halctl incoming list ${arrival.repository}`, purpose: "see what else came from there" },
  ];
}
