import {
  type CommandState,
  type InteractionView,
  isFinal,
  type OpencodeReport,
  type SessionStatus,
  type WhyView,
} from "@hal/protocol";
import type { ToldEvent } from "./event-text.ts";

/** Something that a person can type, and what for. */
export type Step = WhyView["next"][number];

type Question = Pick<InteractionView, "id" | "kind">;

/** What has to be known of a node, and of a session where there is one, to say what can be done. */
export interface StepFacts {
  readonly node: {
    readonly name: string;
    readonly hostname: string;
    readonly connected: boolean;
    readonly status: { readonly status: string };
    readonly opencode: Pick<OpencodeReport, "state">;
  };
  readonly session:
    | {
        readonly id: string;
        readonly project: string;
        readonly status: SessionStatus;
        /** what goes on from it, after a restart */
        readonly continuedBy?: { readonly sessionId: string } | undefined;
      }
    | undefined;
  /** a project of the node that has no session */
  readonly idleProject?: string | undefined;
  readonly open: readonly Question[];
  readonly commands: readonly { readonly id: string; readonly state: CommandState }[];
  readonly events: readonly ToldEvent[];
}

const MOST_STEPS = 6;

/** What a person can type now, most useful first. */
export function nextSteps(facts: StepFacts): Step[] {
  const steps = [
    ...facts.open.slice(0, 2).flatMap(answerSteps),
    ...nodeSteps(facts),
    ...commandSteps(facts),
    ...sessionSteps(facts),
    ...projectSteps(facts),
  ];
  const all = steps.length > 0 ? steps : [watchNode(facts)];
  return all
    .filter(({ command }, index) => all.findIndex((one) => one.command === command) === index)
    .slice(0, MOST_STEPS);
}

/** How a question that waits for a person is answered. */
export function answerSteps({ id, kind }: Question): Step[] {
  return kind === "permission"
    ? [
        { command: `halctl interactions allow ${id}`, purpose: "allow it this once" },
        { command: `halctl interactions deny ${id} --reason "…"`, purpose: "deny it; the model reads the reason" },
      ]
    : [{ command: `halctl interactions answer ${id} "…"`, purpose: "answer the question" }];
}

function nodeSteps({ node }: StepFacts): Step[] {
  const { hostname, name, connected, status, opencode } = node;
  if (!connected)
    return [
      {
        command: "systemctl status hal-agent",
        purpose: `on ${hostname}: does its agent run, and what does it say? (journalctl -u hal-agent -n 50)`,
      },
      ...(status.status === "offline" ? [{ command: "halctl nodes list -w", purpose: "see it come back" }] : []),
    ];
  if (opencode.state === "up") return [];
  if (opencode.state === "down")
    return [
      {
        command: "journalctl -u hal-agent -n 50",
        purpose: `on ${hostname}: how its opencode was started and what came of it; opencode's own words are in opencode-server.log in its data_dir`,
      },
    ];
  const purpose =
    opencode.state === "missing"
      ? `look again once opencode is installed on ${hostname}, or opencode.command of its agent names it`
      : "ask it what opencode does right now";
  return [{ command: `halctl nodes check ${name}`, purpose }];
}

function commandSteps({ commands }: StepFacts): Step[] {
  return commands
    .filter(({ state }) => !isFinal(state))
    .slice(0, 2)
    .map(({ id, state }) =>
      state === "queued"
        ? { command: `halctl commands cancel ${id}`, purpose: "take it back; it has not begun" }
        : { command: `halctl commands get ${id}`, purpose: "see what became of it" },
    );
}

function sessionSteps({ session, node, events }: StepFacts): Step[] {
  if (session === undefined) return [];
  const { id, project, status, continuedBy } = session;
  const logs = { command: `halctl sessions logs ${id} -n 5`, purpose: "read its last messages" };
  const prompt = { command: `halctl sessions prompt ${id} "…"`, purpose: "give it something to do" };
  const abort = { command: `halctl sessions abort ${id}`, purpose: "stop the turn; the session stays" };
  switch (status) {
    case "busy":
    case "retrying":
    case "starting":
      return [
        { command: `halctl sessions watch ${id}`, purpose: "see what it writes" },
        { command: `halctl nodes check ${node.name}`, purpose: "ask opencode itself whether it is at work" },
        abort,
      ];
    case "idle":
      return [prompt, logs];
    case "error":
      return [logs, { ...prompt, purpose: "try again, or tell it otherwise" }];
    case "ended": {
      if (continuedBy !== undefined)
        return [
          { command: `halctl why ${continuedBy.sessionId}`, purpose: "see the session that goes on from it" },
          logs,
        ];
      const wasDeleted = events.some(isDeletion);
      const another = { command: `halctl sessions start ${node.name}/${project} "…"`, purpose: "start another one" };
      return wasDeleted ? [another] : [another, logs];
    }
    case "waiting":
    case "unreachable":
      return [logs];
    default:
      return status satisfies never;
  }
}

function isDeletion({ type, data }: ToldEvent): boolean {
  return type === "session.ended" && (data as { readonly reason?: unknown } | null)?.reason === "deleted";
}

function projectSteps({ node, idleProject }: StepFacts): Step[] {
  return idleProject === undefined || !node.connected
    ? []
    : [{ command: `halctl sessions start ${node.name}/${idleProject} "…"`, purpose: "start a session in it" }];
}

function watchNode({ node }: StepFacts): Step {
  return { command: `halctl nodes get ${node.name}`, purpose: "see all that is known of it" };
}
