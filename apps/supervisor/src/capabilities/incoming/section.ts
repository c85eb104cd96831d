import { described, Secret, strictSection } from "@hal/daemon";
import {
  MOST_GENERIC,
  MOST_INCOMING_RULES,
  ScheduleModel,
  SchedulePrompt,
  ScheduleRef,
  TargetName,
} from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import * as v from "valibot";
import { isWebAddress, WebhookSecret } from "../channels/section.ts";
import { Switch, Text } from "../../setting-values.ts";

/** How often what nobody is behind has one thing worked at in a day, where a rule says nothing else. */
const MOST_PER_DAY = 3;

const Names = (what: string) =>
  v.pipe(v.array(Text, "must be a list"), v.minLength(1, `names no ${what}`), v.maxLength(200, "has more than 200"));
const Repository = v.pipe(Text, v.regex(/^[^\s/]+(\/[^\s/]+)+$/, "is no repository; write it as owner/name"));

const WebAddress = v.pipe(
  Text,
  v.check(isWebAddress, "must be an address that begins with https:// or http://"),
  v.regex(/[^/]$/, "ends with a slash; write it without"),
);

const common = {
  project: described(
    ScheduleRef,
    "in which project a session is started, or `node/project` where several nodes have it",
  ),
  node: v.optional(described(ScheduleRef, "on which node, where several have the project")),
  agent: v.optional(described(ScheduleRef, "an agent of opencode, such as `build` or `plan`")),
  model: v.optional(described(ScheduleModel, "the model, as `provider/model`; opencode's standard without it")),
  prompt: v.optional(
    described(SchedulePrompt, "what the session is told in front of what somebody wrote; a usual sentence without it"),
  ),
  users: v.optional(
    described(Names("user"), "who may; without it whoever belongs to the repository, as the service says"),
  ),
};
const repository = v.optional(described(Repository, "only of this repository, as `owner/name`; of each without it"));
const most = v.optional(
  described(
    v.pipe(v.number("must be a number"), v.integer("must be a whole number"), v.minValue(1), v.maxValue(1_000)),
    "so many failures are worked at for one branch, or told of one thing, in a day: what a session breaks calls it no more often",
  ),
  MOST_PER_DAY,
);

const label = v.optional(described(Text, "of what is labeled: the label that is put on it"));
const prefix = v.optional(described(Text, "of a comment: what it begins with, such as `/agent`"));
const branches = v.optional(described(Names("branch"), "of what failed: only on these branches; on each without it"));

/** Which fields belong to an event: `needs` has to be there, `may` can be, of `label`, `prefix`, `branches` and `users`. */
interface Fields {
  readonly needs: readonly string[];
  readonly may: readonly string[];
}

const LABELED: Fields = { needs: ["label"], may: ["users"] };
const FAILED: Fields = { needs: [], may: ["branches", "users"] };
const GITHUB = {
  "issues.labeled": LABELED,
  "pull_request.labeled": LABELED,
  "issues.opened": { needs: [], may: ["users"] },
  "issue_comment.created": { needs: ["prefix"], may: ["users"] },
  "workflow_run.completed": FAILED,
  "check_run.completed": FAILED,
} as const satisfies Readonly<Record<string, Fields>>;
const GITLAB = {
  "issue.labeled": LABELED,
  "merge_request.labeled": LABELED,
  // GitLab does not say who belongs to a project
  "note.created": { needs: ["prefix", "users"], may: [] },
  "pipeline.failed": FAILED,
} as const satisfies Readonly<Record<string, Fields>>;

const SPECIAL = ["label", "prefix", "branches", "users"] as const;
type Special = (typeof SPECIAL)[number];

/** A rule of a service with fields that its event knows. */
function serviceRules<const E extends Readonly<Record<string, Fields>>>(events: E) {
  const names = Object.keys(events) as (keyof E & string)[];
  const Rule = strictSection({
    event: described(v.picklist(names, `must be one of ${names.join(", ")}`), "what happened there"),
    label,
    prefix,
    branches,
    repository,
    ...common,
    most_per_day: most,
  });
  return v.pipe(
    v.array(Rule, "must be a list"),
    v.maxLength(MOST_INCOMING_RULES, `has more than ${MOST_INCOMING_RULES} rules`),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      for (const [index, one] of dataset.value.entries()) {
        const fields = entryOf(events, one.event) as Fields;
        for (const key of SPECIAL) {
          const problem = fieldProblem(fields, key, one);
          if (problem === undefined) continue;
          const at = { type: "array", origin: "value", input: dataset.value, key: index, value: one } as const;
          const field = { type: "object", origin: "value", input: one as never, key, value: one[key] } as const;
          addIssue({ message: problem, path: [at, field] });
        }
      }
    }),
  );
}

function fieldProblem(
  { needs, may }: Fields,
  key: Special,
  rule: Readonly<Partial<Record<Special, unknown>>> & { readonly event: string },
): string | undefined {
  if (rule[key] === undefined) return needs.includes(key) ? `is missing: ${rule.event} needs it` : undefined;
  return needs.includes(key) || may.includes(key) ? undefined : `says nothing about ${rule.event}; take it away`;
}

const enabled = v.optional(described(Switch, "whether anything is taken from there"), true);
const token = v.optional(described(Secret, "with what answers are written back; nothing is without it"));

const Github = strictSection({
  secret: v.optional(
    described(Secret, "what signs the requests, as the webhook there has it; nothing is taken without it"),
  ),
  enabled,
  token,
  api_url: v.optional(described(WebAddress, "another address than `https://api.github.com`, without a final slash")),
  rules: v.optional(
    described(serviceRules(GITHUB), "what is begun for which event; the first one that fits counts"),
    [],
  ),
});

const Gitlab = strictSection({
  secret: v.optional(
    described(
      Secret,
      "the secret token of the webhook, which comes as it is; a signing token is better where there is one",
    ),
  ),
  signing_token: v.optional(
    described(WebhookSecret, "the signing token of the webhook, `whsec_…`; with it nothing counts that is not signed"),
  ),
  enabled,
  token,
  api_url: v.optional(described(WebAddress, "another address than `https://gitlab.com/api/v4`, without a final slash")),
  rules: v.optional(
    described(serviceRules(GITLAB), "what is begun for which event; the first one that fits counts"),
    [],
  ),
});

const Path = v.pipe(Text, v.regex(/^[^.\s]+(\.[^.\s]+)*$/, "is no path; write it as data.issue.id"));
const Value = v.union([v.string(), v.number(), v.boolean()], "must be text, a number, true or false");

const GenericRule = strictSection({
  event: described(Text, "what happened, as the `type` of the body says"),
  where: v.optional(described(v.record(Path, Value), "what fields have to be, by their paths, such as `data.branch`")),
  thing: v.optional(
    described(
      Path,
      "the path of the field that names what it is about: one session works at each; without it, at each arrival",
    ),
  ),
  ...common,
  most_per_day: most,
});

const Generic = strictSection({
  secret: v.optional(
    described(
      WebhookSecret,
      "what signs the requests, as Standard Webhooks have it: `whsec_…`; nothing is taken without it",
    ),
  ),
  enabled,
  rules: v.optional(
    described(
      v.pipe(
        v.array(GenericRule, "must be a list"),
        v.maxLength(MOST_INCOMING_RULES, `has more than ${MOST_INCOMING_RULES} rules`),
      ),
      "what is begun for which event; the first one that fits counts",
    ),
    [],
  ),
});

/** Who may have sessions started and prompted by webhooks, and for what. */
export const IncomingSection = strictSection({
  github: v.optional(Github),
  gitlab: v.optional(Gitlab),
  generic: v.optional(
    described(
      v.pipe(v.record(TargetName, Generic), v.maxEntries(MOST_GENERIC, `has more than ${MOST_GENERIC} senders`)),
      "other programs, by a name: they post to `/incoming/generic/<name>`",
    ),
    {},
  ),
});
