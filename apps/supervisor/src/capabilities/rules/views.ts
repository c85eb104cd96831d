import { type ProjectReport, type RuleView, RULES_FEATURE, type StandingRule } from "@hal/protocol";
import type { NodeRow } from "@hal/store/supervisor";
import { time } from "../../domain/time.ts";
import { featuresOf, nodeNamer, nodeStatuses } from "../nodes/node-statuses.ts";
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
      const reason = lackOf(context, row, status.reason);
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

/** Why a node does not go by the rules as they are now, `why` being how it is; undefined where it does. */
function lackOf(context: Context, row: NodeRow, why: string): string | undefined {
  if (!featuresOf(context, row).includes(RULES_FEATURE))
    return "its agent is too old to have standing rules: upgrade it; until then a person answers there";
  return context.links.get(row.id) === undefined
    ? `it is away, and goes by the rules that it was told last: ${why}`
    : undefined;
}
