import { bySpecificity, HalError, MOST_RULES, ruleProblem, type RuleView, type StandingRule } from "@hal/protocol";
import { newUuid } from "@hal/daemon";
import { addRule, removeRule } from "@hal/store/supervisor";
import type { Handler } from "../../operations/handler.ts";
import { idempotencyOf, keyWasUsed } from "../../operations/idempotency.ts";
import { checkProject } from "../references/check-project.ts";
import { briefRules } from "./brief-rules.ts";
import type { Context } from "./context.ts";
import { ruleViews } from "./views.ts";

const list: Handler<"rules.list", Context> = (context) =>
  ruleViews(context, context.ruleBook.all.toSorted(bySpecificity));

const add: Handler<"rules.add", Context> = async (context, input, caller) => {
  const problem = ruleProblem(input);
  if (problem !== undefined) throw new HalError("bad_request", `pattern: ${problem}`);
  await checkProject(context, input.project);
  const { permission, reply, project = null, pattern = null, reason = null } = input;
  const { ruleBook, store, clock, log } = context;
  const made = { id: `rule_${newUuid()}`, createdAt: clock.now(), createdBy: caller.actor };
  const room = MOST_RULES - ruleBook.inFile;
  const added = await addRule(
    store,
    { ...made, permission, reply, project, pattern, reason },
    room,
    idempotencyOf(caller),
  );
  if (added.kind === "conflict") throw keyWasUsed();
  if (added.kind === "full")
    throw new HalError("conflict", `there are ${MOST_RULES} standing rules already, which is most; remove some`);
  await changed(context);
  const { id } = added.rule;
  log.warn({ rule: id, reply, permission, project, actor: caller.actor }, "a standing rule was set");
  return viewOf(
    context,
    ruleBook.all.find((rule) => rule.id === id),
    id,
  );
};

const remove: Handler<"rules.remove", Context> = async (context, input, caller) => {
  const rule = resolveRule(context, input.id);
  if (rule.source === "file")
    throw new HalError(
      "conflict",
      `${rule.id} is in the configuration: take it out there, and send the supervisor SIGHUP`,
    );
  const view = await viewOf(context, rule, rule.id);
  if ((await removeRule(context.store, rule.id)) === undefined) throw unknownRule(input.id);
  await changed(context);
  context.log.warn({ rule: rule.id, actor: caller.actor }, "a standing rule was removed");
  return view;
};

async function changed(context: Context): Promise<void> {
  await context.ruleBook.refresh();
  briefRules(context);
}

async function viewOf(context: Context, rule: StandingRule | undefined, id: string): Promise<RuleView> {
  const [view] = await ruleViews(context, rule === undefined ? [] : [rule]);
  if (view === undefined) throw unknownRule(id);
  return view;
}

function resolveRule({ ruleBook }: Context, ref: string): StandingRule {
  const exact = ruleBook.all.find(({ id }) => id === ref);
  const found = exact === undefined ? ruleBook.all.filter(({ id }) => id.startsWith(ref)) : [exact];
  const [first, second] = found;
  if (first === undefined) throw unknownRule(ref);
  if (second === undefined) return first;
  throw new HalError("ambiguous", `${ref} means several rules: ${found.map(({ id }) => id).join(", ")}`);
}

function unknownRule(ref: string): HalError {
  return new HalError("not_found", `no rule ${ref}; see: halctl rules list`);
}

export const ruleHandlers = { "rules.list": list, "rules.add": add, "rules.remove": remove };
