import { described } from "@hal/daemon";
import {
  MOST_RULES,
  RulePattern,
  RulePermission,
  RuleProject,
  ruleProblem,
  RuleReason,
  RuleReply,
} from "@hal/protocol";
import * as v from "valibot";

const Rule = v.pipe(
  v.strictObject({
    project: v.optional(described(RuleProject, "only in this project; in all without it")),
    permission: described(RulePermission, "what is asked for, as opencode calls it, such as `bash` or `edit`"),
    pattern: v.optional(
      described(RulePattern, "what it fits: `*` is anything, `?` one character; without it whatever is asked"),
    ),
    reply: described(RuleReply, "`allow`, `deny`, or `ask`: a person, although a less specific rule would answer"),
    reason: v.optional(described(RuleReason, "why, which the model reads when something is denied")),
  }),
  v.forward(
    v.partialCheck(
      [["permission"], ["pattern"], ["reply"]],
      (rule) => ruleProblem(rule) === undefined,
      ({ input }) => ruleProblem(input as Parameters<typeof ruleProblem>[0]) ?? "is not valid",
    ),
    ["pattern"],
  ),
);

/** The standing rules that hold whatever anybody sets. */
export const RulesSection = v.pipe(
  v.array(Rule, "must be a list"),
  v.maxLength(MOST_RULES, `has more than ${MOST_RULES} rules`),
);
