import { type CallName, HalError, type OperationOutput, OPERATIONS, typedFields } from "@hal/protocol";
import type { Session } from "../session.ts";

/** Operations whose answer is a list of things that come and go. */
export type ListName = Exclude<
  { [N in CallName]: OperationOutput<N> extends readonly unknown[] ? N : never }[CallName],
  "sessions.messages" | "nodes.refused" | "routes.test"
>;

/** What a list was asked for with. */
export interface AskedList<N extends ListName = ListName> {
  readonly operation: N;
  readonly input: Readonly<Record<string, unknown>>;
}

interface Empty {
  /** what is said where there is nothing at all */
  readonly none: string;
  /** what is in it */
  readonly what: string;
  /** how all of it is seen */
  readonly all: string;
  /** the guide's columns are shown all the same */
  readonly keepsHeader?: true;
}

/** Every list of halctl. One that is not here does not compile. */
const LISTS: { readonly [N in ListName]: Empty } = {
  "nodes.list": {
    none: "no node has come yet: start an agent with this supervisor's address and a token (halctl tokens create NODE --role agent)",
    what: "nodes",
    all: "halctl nodes list",
    keepsHeader: true,
  },
  "sessions.list": {
    none: "there are no sessions yet: halctl start PROJECT …",
    what: "sessions",
    all: "halctl sessions list",
    keepsHeader: true,
  },
  "interactions.list": {
    none: "no question waits for a person; closed ones: halctl interactions list --all",
    what: "questions that wait",
    all: "halctl interactions list",
  },
  "rules.list": {
    none: "there are no standing rules: a person answers what is asked",
    what: "standing rules",
    all: "halctl rules list",
  },
  "prompts.list": { none: "no prompt waits", what: "prompts that wait", all: "halctl prompts list" },
  "projects.list": { none: "no node has told of a project yet", what: "projects", all: "halctl projects list" },
  "schedules.list": {
    none: "there are no schedules: halctl schedules add NAME CRON PROJECT …",
    what: "schedules",
    all: "halctl schedules list",
  },
  "schedules.history": {
    none: "no schedule has come to anything yet",
    what: "occasions of schedules",
    all: "halctl schedules history",
  },
  "budgets.list": {
    none: "there are no budgets, so nothing limits what is spent: halctl budgets set fleet day 50 --reason …",
    what: "budgets",
    all: "halctl budgets list",
  },
  "commands.list": { none: "nothing was asked of a node yet", what: "commands", all: "halctl commands list" },
  "holds.list": { none: "nothing is held", what: "holds", all: "halctl holds list" },
  "events.list": { none: "nothing has happened yet", what: "events", all: "halctl events" },
  "followers.list": { none: "nothing is done for events", what: "followers", all: "halctl followers list" },
  "channels.list": {
    none: "the configuration names nobody to be told: channels.webhooks.NAME.url in the supervisor's file is the first step",
    what: "targets",
    all: "halctl channels list",
  },
  "notices.list": { none: "nobody was told of anything yet", what: "notices", all: "halctl notices list" },
  "routes.list": {
    none: "there are no routes, so that nobody is told of anything",
    what: "routes",
    all: "halctl routes list",
  },
  "cost.drift": {
    none: "no provider has told of a day yet, or none has a key: halctl cost providers",
    what: "days with a bill",
    all: "halctl cost drift 31",
  },
  "incoming.list": {
    none: "nothing was told yet that a rule takes: `incoming` in the supervisor's file says who may, and for what",
    what: "arrivals",
    all: "halctl incoming list",
  },
  "incoming.repositories": {
    none: "nothing was told yet that a rule takes",
    what: "repositories",
    all: "halctl incoming repositories",
  },
  "tokens.list": {
    none: "there are no tokens beside the shared one: halctl tokens create NAME --role operator",
    what: "tokens",
    all: "halctl tokens list",
  },
  "audit.list": {
    none: "the audit has no entry: nobody has changed anything, or it is switched off",
    what: "entries of the audit",
    all: "halctl audit",
  },
};

/** Whether an operation's answer is such a list. */
export function isListName(name: string): name is ListName {
  return Object.hasOwn(LISTS, name);
}

/** Whether the header of an empty table is shown. */
export function keepsHeader({ operation }: AskedList): boolean {
  return LISTS[operation].keepsHeader === true;
}

/** Which kind of empty a list is: nothing at all, nothing that fits what was asked for, or nothing since then. */
export async function emptyLine<N extends ListName>(
  { client }: Pick<Session, "client">,
  { operation, input }: AskedList<N>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<string> {
  const { none, what, all }: Empty = LISTS[operation];
  const filters = filtersOf(operation, input);
  if (filters.length === 0) return `${none}\n`;
  const others = await hasOthers(client, operation, options);
  if (others === false) return `${none}\n`;
  const [only] = filters;
  const is =
    filters.length === 1 && only?.field === "since"
      ? `no ${what} since ${only.value}`
      : `no ${what} with ${filters.map(({ text }) => text).join(" ")}`;
  return `${is}${others === undefined ? "" : "; there are others"}: ${all}\n`;
}

interface Filter {
  readonly field: string;
  readonly value: string;
  /** as it is typed */
  readonly text: string;
}

/** What narrows a list, of what was asked for. */
function filtersOf(operation: ListName, input: Readonly<Record<string, unknown>>): Filter[] {
  const typed = typedFields(OPERATIONS[operation]);
  return Object.entries(input).flatMap(([field, value]) => {
    if (value === undefined || value === false || field === "limit" || field === "cursor") return [];
    const known = typed.find((one) => one.field === field);
    const shown = [value].flat().map(String).join(" ");
    if (known?.place !== undefined) return [{ field, value: shown, text: shown }];
    const name = known?.name ?? field.replace(/_id$/, "").replaceAll("_", "-");
    return [{ field, value: shown, text: value === true ? `--${name}` : `--${name} ${shown}` }];
  });
}

/** Whether there is anything without the filters; undefined where that is not known. */
async function hasOthers(
  client: Session["client"],
  operation: ListName,
  options: { readonly signal?: AbortSignal },
): Promise<boolean | undefined> {
  const limited = "limit" in OPERATIONS[operation].input.entries ? { limit: 1 } : {};
  try {
    const { output } = await client.call(operation, limited, options);
    return output.length > 0;
  } catch (error) {
    if (error instanceof HalError) return undefined;
    throw error;
  }
}
