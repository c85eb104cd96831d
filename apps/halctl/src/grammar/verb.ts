import type { CallName, Operation, OperationInput, OperationName, OperationOutput } from "@hal/protocol";
import { OPERATIONS, typedFields, type TypedField } from "@hal/protocol";
import { EXIT } from "../exit-codes.ts";
import { emptyLine, isListName } from "../live/empty-list.ts";
import { type Prose, print } from "../output/print.ts";
import type { Look } from "../output/look.ts";
import type { Session } from "../session.ts";
import type { Arguments, Run } from "./run.ts";
import type { CommandSpec, Field, Fields } from "./spec.ts";
import { inputOf, optionOf } from "./typed-options.ts";

type FieldOf<N extends OperationName> = keyof OperationInput<N> & string;

/** What a verb says itself; everything else its operation declares. */
interface Own<N extends OperationName> {
  /** where it is called something else than in the operation's name */
  readonly name?: string;
  readonly summary?: string;
  /** the fields that it takes, where it does not take all */
  readonly takes?: readonly FieldOf<N>[];
  /** what is another at this terminal */
  readonly fields?: { readonly [F in FieldOf<N>]?: Field };
  /** what it takes beside them */
  readonly options?: Fields;
  /** other operations that it is a way to ask */
  readonly also?: readonly OperationName[];
}

type Answered<N extends OperationName> = Own<N> & {
  /** how the answer is shown */
  readonly page: () => Promise<(output: OperationOutput<N>, look: Look) => string>;
  readonly prose?: Prose;
};
type Performed<N extends OperationName> = Own<N> & {
  /** for a verb with a life of its own */
  readonly load: () => Promise<Run<never>>;
};

/** A verb that asks an operation and shows the answer: its words and options are what the operation declares. */
export function asks<N extends CallName>(operation: N, own: Answered<N>): CommandSpec {
  const { page, prose } = own;
  return { ...typed(operation, own), isAsking: true, load: async () => asking(operation, await page(), prose) };
}

/** A verb that is typed as its operation declares, and does more than ask it. */
export function verb<N extends OperationName>(operation: N, own: Performed<N>): CommandSpec {
  return { ...typed(operation, own), load: own.load };
}

function asking<N extends CallName>(
  name: N,
  page: (output: OperationOutput<N>, look: Look) => string,
  prose?: Prose,
): Run<Arguments> {
  return async (session, argv) => {
    const input = inputOf(name, argv, session.terminal.now());
    const { output } = await session.client.call(name, input);
    await printAnswer(session, { name, input }, output, page, prose);
    return EXIT.done;
  };
}

/** Shows an answer; of an empty list, which kind of empty it is. */
async function printAnswer<T>(
  session: Session,
  { name, input }: { readonly name: CallName; readonly input: Arguments },
  output: T,
  page: (output: T, look: Look) => string,
  prose?: Prose,
): Promise<void> {
  const isEmpty = Array.isArray(output) && output.length === 0 && session.format !== "json";
  const line = isEmpty && isListName(name) ? await emptyLine(session, { operation: name, input }) : undefined;
  print(session, output, line === undefined ? page : () => line, prose);
}

function typed<N extends OperationName>(name: N, own: Own<N>): Omit<CommandSpec, "load" | "loadLocal"> {
  const operation: Operation = OPERATIONS[name];
  const { takes, options, also = [], summary = uncapitalised(operation.summary) } = own;
  const fields = typedFields(operation).filter(
    ({ field }) => takes === undefined || [...takes].includes(field as never),
  );
  const words = fields.filter(({ place }) => place !== undefined);
  const flags = fields.filter(({ place }) => place === undefined);
  const shown = (one: readonly TypedField[]): Fields =>
    Object.fromEntries(
      one.map((field) => [field.name, { ...optionOf(field), ...own.fields?.[field.field as FieldOf<N>] }]),
    );
  return {
    command: [own.name ?? name.split(".")[1] ?? name, ...words.map(placeOf)].join(" "),
    summary,
    positionals: shown(words),
    options: { ...shown(flags), ...options },
    of: [name, ...also],
  };
}

/** As yargs writes a word; one that takes all that follows may come on standard input. */
function placeOf({ name, isRest, isRequired }: TypedField): string {
  if (isRest) return `[${name}..]`;
  return isRequired ? `<${name}>` : `[${name}]`;
}

function uncapitalised(summary: string): string {
  return summary.charAt(0).toLowerCase() + summary.slice(1).replaceAll("`", "");
}
