import * as v from "valibot";
import { Word } from "../bounds.ts";
import { StandingDeadlineMs, WaitMs } from "./fields.ts";
import { KeptHoldView } from "./holds.ts";
import { operation } from "./operation.ts";
import { forPrograms, refers } from "./references.ts";

/** What became of each session that was at work, and where that is not known. */
export const StopAllView = v.object({
  sessions: v.array(
    v.object({
      session_id: v.string(),
      project: v.string(),
      node: v.string(),
      stopped: v.pipe(v.boolean(), v.description("it rests, by what its node told after it was asked to stop")),
      reason: v.pipe(v.string(), v.description("how it is now, in one line")),
      command_id: v.pipe(v.nullable(v.string()), v.description("null where none could be made")),
    }),
  ),
  unknown: v.optional(
    v.pipe(
      v.array(
        v.object({
          node: v.string(),
          project: v.nullable(v.string()),
          reason: v.string(),
          command_id: v.pipe(v.nullable(v.string()), v.description("the stop that waits there; null where none does")),
        }),
      ),
      v.description(
        "where it is not known what is at work: nodes that are away or did not answer, directories that opencode fails at, commands that had begun and have no outcome yet",
      ),
    ),
    [],
  ),
  cancelled: v.pipe(
    v.array(v.string()),
    v.description("prompts and starts that had not begun and do not begin any more"),
  ),
  kept: v.optional(
    v.pipe(
      v.array(v.object({ command_id: v.string(), node: v.string(), project: v.nullable(v.string()) })),
      v.description("prompts and starts that had begun, and whose prompt does not reach opencode any more"),
    ),
    [],
  ),
  holds: v.optional(
    v.pipe(
      v.array(KeptHoldView),
      v.description("with `hold`: what is held from now on; empty where somebody released it meanwhile"),
    ),
  ),
});
export type StopAllView = v.InferOutput<typeof StopAllView>;

export const sessionsStopAll = operation({
  name: "sessions.stopAll",
  summary:
    "Stop everything that is at work, and cancel what has not begun; with `hold` nothing begins there until it is released",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/sessions/stop-all",
  input: v.object({
    node: v.optional(
      v.pipe(Word, v.description("only on this node: an id, a unique prefix or a host name"), refers("node")),
    ),
    project: v.optional(v.pipe(Word, v.description("only of this project"), refers("project"))),
    hold: v.optional(
      v.pipe(
        v.boolean(),
        v.description("hold it, too: nothing begins there until `holds.release`; without it the sessions take prompts"),
        forPrograms(),
      ),
      false,
    ),
    wait_ms: WaitMs,
    deadline_ms: StandingDeadlineMs,
  }),
  output: StopAllView,
  audited: { target: "node", plain: ["project", "hold", "wait_ms", "deadline_ms"] },
});
