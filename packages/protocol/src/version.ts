/** The range of wire versions that this build speaks, both ends included. Protocol §1.4. */
export const PROTOCOL_RANGE = { min: 1, max: 1 } as const;

/** In `hello.features` of an agent that understands `watch` (protocol §10). */
export const LIVE_FEATURE = "live";

/** In `hello.features` of an agent that takes `update` (protocol §11). */
export const UPDATE_FEATURE = "update";

/** In `hello.features` of an agent that does `node.stop` (protocol §5.8). */
export const STOP_FEATURE = "stop";

/** In `hello.features` of an agent that keeps holds, and in `welcome.features` of a supervisor that has them (protocol §5.12). */
export const HOLD_FEATURE = "hold";

/** In `hello.features` of an agent that answers by standing rules, and in `welcome.features` of a supervisor that has them (protocol §5.13). */
export const RULES_FEATURE = "rules";
/** Said by a program that knows what a node may spend. Protocol §5.23. */
export const LEASES_FEATURE = "leases";

/** In `hello.features` of an agent that takes `retell`, and in `welcome.features` of a supervisor that takes `told` (protocol §4.11). */
export const TOLD_FEATURE = "told";

/** In `hello.features` of an agent that asks for an answer of a shape, and knows how a prompt is to be delivered (protocol §5.11). */
export const PROMPTS_FEATURE = "prompts";

/** In `hello.features` of an agent that does `session.restart`, and that deletes a history with `session.kill` (protocol §5.15). */
export const RESTART_FEATURE = "restart";

/** In `hello.features` of an agent that tells when the task of a project is completed (protocol §4.12). */
export const TASKS_FEATURE = "tasks";

/** In `hello.features` of an agent that runs a command before a start that depends on it (protocol §5.16). */
export const PRECONDITION_FEATURE = "precondition";

/** In `hello.features` of an agent that looks whether a session can be begun with a model and an agent (protocol §5.16). */
export const CHECK_FEATURE = "check";

/** In `hello.features` of an agent that gives a session a git worktree of its own (protocol §5.19). */
export const WORKTREE_FEATURE = "worktree";

/** In `hello.features` of an agent that gives files with a prompt, and says what a model takes (protocol §5.22). */
export const FILES_FEATURE = "files";

/** The WebSocket sub-protocol of an agent link. */
export const AGENT_SUBPROTOCOL = "hal.agent.v1";

/** The WebSocket sub-protocol of the operators' control channel. */
export const CONTROL_SUBPROTOCOL = "hal.control.v1";

/** The highest version that both ranges contain, or undefined where they do not meet. */
export function commonVersion(
  ours: { readonly min: number; readonly max: number },
  theirs: { readonly min: number; readonly max: number },
): number | undefined {
  const highest = Math.min(ours.max, theirs.max);
  return highest >= Math.max(ours.min, theirs.min) ? highest : undefined;
}
