import { described } from "@hal/daemon";
import { MOST_ROUTES } from "@hal/protocol";
import * as v from "valibot";
import { Switch } from "../../setting-values.ts";
import { parseExpression } from "./domain/route-expression.ts";
import { parseLimit } from "./domain/route-limit.ts";

const Match = v.pipe(
  v.string("must be text"),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const parsed = parseExpression(dataset.value);
    if (parsed.kind === "problem") addIssue({ message: parsed.message });
  }),
);

const Limit = v.pipe(
  v.string("must be text"),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const parsed = parseLimit(dataset.value);
    if (parsed.kind === "problem") addIssue({ message: parsed.message });
  }),
);

const TargetRef = v.pipe(
  v.string("must be text"),
  v.regex(/^(discord|slack|webhook)#[^#\s]+$/, "is no target; write it as webhook#n8n, discord#alerts or slack#alerts"),
);

const Route = v.strictObject({
  match: described(
    Match,
    'which events: patterns of types and comparisons, such as `session.error && project == "web"`',
  ),
  target: described(TargetRef, "who is told: `discord#<name>`, `slack#<name>` or `webhook#<name>`"),
  limit: v.optional(described(Limit, "how often at most, such as `3/h`; what is above it is not told")),
  urgent: v.optional(
    described(
      Switch,
      "whether it is told in quiet hours, too, and by a channel that is quiet; of webhooks it says nothing",
    ),
    false,
  ),
});

/** Which events are told to whom. */
export const RoutesSection = v.pipe(
  v.array(Route, "must be a list"),
  v.maxLength(MOST_ROUTES, `has more than ${MOST_ROUTES} routes`),
);
export type RoutesSection = v.InferOutput<typeof RoutesSection>;
