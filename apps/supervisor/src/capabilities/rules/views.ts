import { type ProjectReport, type RuleView, RULES_FEATURE, type StandingRule } from "@hal/protocol";
import { time } from "../../domain/time.ts";
import { nodeNamer, nodeStatuses } from "../nodes/node-statuses.ts";
import type { Context } from "./context.ts";

/** So many nodes are named that do not go by a rule. */
const MOST_LACKING = 100;

/** Rules as people see them: where each is from, and where it does not hold. */
export async function ruleViews(context: Context, rules: readonly StandingRule[]): Promise<RuleView[]> {
  const nodes = await nodeStatuses(context);
  const nameNode = nodeNamer(nodes);
  const here = [...nodes.values()].filter(({ replacedBy }) => replacedBy === undefined);
  return rules.map((rule) => {
    const having = here.filter(({ row }) => has(row.projects as ProjectReport[], rule.project));
    const lacking = having.flatMap(({ row, status }) => {
      const reason = lackOf(context, { id: row.id, features: row.features, why: status.reason });
      return reason === undefined ? [] : [{ node: nameNode(row.id), reason }];
    });
    const isNowhere = rule.project !== undefined && here.length > 0 && having.length === 0;
    return {
      ...ruleView(rule),
      problem: isNowhere ? `no node has a project ${rule.project}` : null,
      lacking: lacking.slice(0, MOST_LACKING),
    };
  });
}

function has(projects: readonly ProjectReport[], project: string | undefined): boolean {
  return project === undefined || projects.some(({ name }) => name === project);
}

function ruleView(rule: StandingRule): Omit<RuleView, "problem" | "lacking"> {
  const { id, project = null, permission, pattern = null, reply, reason = null, source, by = null, since } = rule;
  const at = since === undefined ? null : time(since);
  return { id, project, permission, pattern, reply, reason, source, by, since: at };
}

interface Lacking {
  readonly id: string;
  readonly features: unknown;
  readonly why: string;
}

/** Why a node does not go by the rules as they are now; undefined where it does. */
function lackOf({ links }: Context, { id, features: known, why }: Lacking): string | undefined {
  const link = links.get(id);
  const features = link?.features ?? (Array.isArray(known) ? known : []);
  if (!features.includes(RULES_FEATURE))
    return "its agent is too old to have standing rules: upgrade it; until then a person answers there";
  return link === undefined ? `it is away, and goes by the rules that it was told last: ${why}` : undefined;
}
