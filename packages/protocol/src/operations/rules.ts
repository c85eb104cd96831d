import * as v from "valibot";
import { Word } from "../bounds.ts";
import { RulePattern, RulePermission, RuleProject, RuleReason, RuleReply } from "../rules.ts";
import { Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";

export const RuleView = v.object({
  id: v.string(),
  project: v.pipe(v.nullable(v.string()), v.description("for which project it is; null where it is for all")),
  permission: v.string(),
  pattern: v.pipe(v.nullable(v.string()), v.description("what it fits; null where it fits whatever is asked")),
  reply: RuleReply,
  reason: v.nullable(v.string()),
  source: v.pipe(
    v.picklist(["file", "operation"]),
    v.description("`file`: in the configuration, and removed there alone; `operation`: somebody set it"),
  ),
  by: v.pipe(v.nullable(v.string()), v.description("who set it; null of one in the configuration")),
  since: v.nullable(Time),
  problem: v.pipe(v.nullable(v.string()), v.description("why it holds nowhere, such as a project that no node has")),
  lacking: v.pipe(
    v.array(v.object({ node: v.string(), reason: v.string() })),
    v.description("nodes that do not go by it, or not yet"),
  ),
});
export type RuleView = v.InferOutput<typeof RuleView>;

export const rulesList = operation({
  name: "rules.list",
  summary: "Standing rules, by which nodes answer requests for permission; the most specific one first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/rules",
  input: v.object({}),
  output: v.array(RuleView),
});

export const rulesAdd = operation({
  name: "rules.add",
  summary: "Set a standing rule: what asks for a permission is allowed, denied or left to a person",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/rules",
  words: ["reply", "permission", "pattern…"],
  input: v.object({
    reply: v.pipe(
      RuleReply,
      v.description("`allow` answers once, each time; `deny` rejects with the reason; `ask` leaves it to a person"),
    ),
    permission: v.pipe(RulePermission, v.description("what is asked for, as opencode calls it"), v.examples(["bash"])),
    pattern: v.optional(
      v.pipe(
        RulePattern,
        v.description("what it fits, as opencode writes patterns: `*` is anything, `?` one character; all without it"),
        v.examples(["npm test*"]),
      ),
    ),
    project: v.optional(v.pipe(RuleProject, v.description("only in this project"), refers("project"))),
    reason: v.optional(v.pipe(RuleReason, v.description("why, which the model reads when something is denied"))),
  }),
  output: RuleView,
  audited: { target: "permission", plain: ["reply", "pattern", "project"] },
});

export const rulesRemove = operation({
  name: "rules.remove",
  summary: "Take a standing rule away that somebody set",
  role: "admin",
  kind: "change",
  method: "DELETE",
  path: "/rules/{id}",
  words: ["id"],
  input: v.object({
    id: v.pipe(
      Word,
      v.minLength(1, "say which rule: its id, or a unique prefix"),
      v.description("the id of a rule, or a unique prefix"),
      v.examples(["rule_0199a3c2"]),
    ),
  }),
  output: RuleView,
  audited: { target: "id" },
});
