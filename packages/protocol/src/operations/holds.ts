import * as v from "valibot";
import { Word } from "../bounds.ts";
import { NodeRef, Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";

const HOLD = {
  id: v.string(),
  node: v.pipe(v.nullable(v.string()), v.description("the node that is held; null where it is the whole fleet")),
  node_id: v.nullable(v.string()),
  project: v.pipe(v.nullable(v.string()), v.description("the project that is held; null where all of it is")),
  since: Time,
  by: v.pipe(v.string(), v.description("who asked for it")),
  release: v.pipe(v.string(), v.description("what is typed to release it")),
};

/** Work that may not begin on a node or in the fleet, until it is released. */
export const HoldView = v.object(HOLD);
export type HoldView = v.InferOutput<typeof HoldView>;

/** The same, and where the supervisor alone keeps it. */
export const KeptHoldView = v.object({
  ...HOLD,
  lacking: v.pipe(
    v.array(v.object({ node: v.string(), reason: v.string() })),
    v.description(
      "nodes whose agents do not keep it, or not yet; the supervisor asks nothing of them that begins work",
    ),
  ),
});
export type KeptHoldView = v.InferOutput<typeof KeptHoldView>;

export const holdsList = operation({
  name: "holds.list",
  summary: "What is held, where nothing begins until it is released",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/holds",
  input: v.object({}),
  output: v.array(KeptHoldView),
});

export const holdsRelease = operation({
  name: "holds.release",
  summary: "Release what is held, so that work begins there again",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/holds/release",
  input: v.object({
    all: v.optional(v.pipe(v.boolean(), v.description("every hold, of the fleet, of nodes and of projects")), false),
    node: v.optional(v.pipe(NodeRef, v.description("the holds of this node, and of projects on it alone"))),
    project: v.optional(
      v.pipe(
        Word,
        v.description("the holds of this project alone, on every node or on the one that is named"),
        refers("project"),
      ),
    ),
  }),
  output: v.object({
    released: v.array(HoldView),
    remaining: v.pipe(
      v.array(HoldView),
      v.description("what still holds what was named, as a hold of the fleet does where a node was named"),
    ),
  }),
  audited: { target: "node", plain: ["all", "project"] },
});
