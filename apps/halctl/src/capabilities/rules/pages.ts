import type { RuleView } from "@hal/protocol";
import { ago } from "@hal/words";
import { lackingLines } from "../../output/lacking-lines.ts";
import type { Look } from "../../output/look.ts";
import { paint } from "../../output/paint.ts";
import { card, table } from "../../output/table.ts";

/** Rules, the most specific one first, with where each is from; below them where they do not hold. */
export function rulesPage(rules: readonly RuleView[], look: Look): string {
  const list = table(
    ["ID", "REPLY", "PERMISSION", "PATTERN", "PROJECT", "FROM", "REASON"],
    rules.map((rule) => [
      rule.id,
      rule.reply,
      rule.permission,
      rule.pattern ?? "*",
      rule.project ?? "(all)",
      fromText(rule, look),
      rule.reason ?? "-",
    ]),
    look.wide ? undefined : look.columns,
  );
  return list + problemLines(rules) + lackingLines(rules);
}

export function ruleCard(rule: RuleView, look: Pick<Look, "now">): string {
  const shown = card([
    ["id", rule.id],
    ["reply", rule.reply],
    ["permission", rule.permission],
    ["pattern", rule.pattern ?? "*"],
    ["project", rule.project ?? "(all)"],
    ["from", fromText(rule, look)],
    ["reason", rule.reason ?? "-"],
  ]);
  return shown + problemLines([rule]) + lackingLines([rule]);
}

/** Where a rule is from: the file, or who set it and when. */
function fromText({ source, by, since }: RuleView, { now }: Pick<Look, "now">): string {
  return source === "file" ? "configuration" : `${by ?? "somebody"}, ${since === null ? "-" : ago(since, now)}`;
}

function problemLines(rules: readonly RuleView[]): string {
  return rules
    .map(({ id, problem }) => (problem === null ? "" : `${paint("warn", "NOWHERE")}  ${id}: ${problem}\n`))
    .join("");
}
