import { cutEnd } from "../cut.ts";
import type { Form, FormInput, FormOption } from "../form.ts";
import { escapedEnd } from "./escape-discord.ts";

const MOST_ROWS = 5;
const MOST_OPTIONS = 25;
/** what a text input takes */
const MOST_TYPED = 4_000;

/** A form as Discord takes it. */
export interface RenderedDiscordForm {
  readonly custom_id: string;
  readonly title: string;
  readonly components: readonly Row[];
}

/** What it is about, or an input with its label. */
type Row = { readonly type: 10; readonly content: string } | Label;
interface Label {
  readonly type: 18;
  readonly label: string;
  readonly description?: string;
  readonly component: Element;
}
type Element = { readonly custom_id: string; readonly required: boolean } & (
  | { readonly type: 4; readonly style: 1 | 2; readonly max_length: number; readonly value?: string }
  | {
      readonly type: 3;
      readonly options: readonly { readonly value: string; readonly label: string; readonly description?: string }[];
      readonly min_values: number;
      readonly max_values: number;
    }
);

/** A part of a form, as Discord says what it holds. */
export interface DiscordFilled {
  readonly component?: {
    readonly custom_id: string;
    readonly value?: string | undefined;
    readonly values?: readonly string[] | undefined;
  };
}

/** A form in Discord's plain JSON. */
export function renderDiscordForm(form: Form): RenderedDiscordForm {
  const { id, title, text = "", inputs } = form;
  const shown = inputs.slice(0, MOST_ROWS);
  // where all rows are taken, what it is about stands at the first input
  const hasRow = shown.length < MOST_ROWS && text.trim() !== "";
  const head: readonly Row[] = hasRow ? [{ type: 10, content: escapedEnd(text.toWellFormed().trim(), 2_000) }] : [];
  const above = hasRow ? "" : text;
  return {
    custom_id: id,
    title: plain(title, 45),
    components: [...head, ...shown.map((input, index) => labelOf(input, index === 0 ? above : ""))],
  };
}

function labelOf(input: FormInput, above: string): Label {
  const description = [above, input.hint ?? ""].filter((one) => one.trim() !== "").join(" · ");
  return {
    type: 18,
    label: plain(input.label, 45),
    ...(description === "" ? {} : { description: plain(description, 100) }),
    component: elementOf(input),
  };
}

function elementOf(input: FormInput): Element {
  const { id, isOptional = false } = input;
  const common = { custom_id: id, required: !isOptional };
  if (input.kind === "choice") {
    const options = input.options.slice(0, MOST_OPTIONS).map(optionOf);
    const most = input.isSeveral === true ? options.length : 1;
    return { type: 3, ...common, options, min_values: isOptional ? 0 : 1, max_values: most };
  }
  const { isLong = false, value = "", mostLength = MOST_TYPED } = input;
  const most = Math.min(mostLength, MOST_TYPED);
  const typed = cutEnd(value.toWellFormed(), most);
  const style = isLong ? 2 : 1;
  return { type: 4, ...common, style, max_length: most, ...(typed.trim() === "" ? {} : { value: typed }) };
}

function optionOf({ id, label, hint = "" }: FormOption) {
  return { value: id, label: plain(label, 100), ...(hint.trim() === "" ? {} : { description: plain(hint, 100) }) };
}

/** What was filled in, by the ids of the inputs. */
export function readDiscordForm(components: readonly DiscordFilled[]): Readonly<Record<string, readonly string[]>> {
  const filled = components.flatMap(({ component }) => {
    if (component === undefined) return [];
    const { custom_id, value = "", values = value === "" ? [] : [value] } = component;
    return [[custom_id, values] as const];
  });
  return Object.fromEntries(filled);
}

function plain(text: string, most: number): string {
  return cutEnd(text.toWellFormed().replaceAll(/\s+/g, " ").trim(), most) || "–";
}
