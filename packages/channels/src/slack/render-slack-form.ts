import type { KnownBlock, ModalView, PlainTextElement, PlainTextOption } from "@slack/web-api";
import { cutEnd } from "../cut.ts";
import type { Form, FormInput, FormOption } from "../form.ts";

const MOST_OPTIONS = 100;
/** what a text input takes */
const MOST_TYPED = 3_000;

/** The id of the element in each input; its block has the input's own. */
const ELEMENT = "value";

/** A form in Slack's blocks. @param origin comes back with it */
export function renderSlackForm(form: Form, origin: string): ModalView {
  const { id, title, text = "", inputs, submit = "Send" } = form;
  const head: readonly KnownBlock[] = text.trim() === "" ? [] : [{ type: "section", text: plain(text, 3_000) }];
  return {
    type: "modal",
    callback_id: id,
    title: plain(title, 24),
    submit: plain(submit, 24),
    close: plain("Cancel", 24),
    private_metadata: origin,
    blocks: [...head, ...inputs.map(inputBlock)],
  };
}

function inputBlock(input: FormInput): KnownBlock {
  const { id, label, hint = "", isOptional = false } = input;
  return {
    type: "input",
    block_id: id,
    label: plain(label, 2_000),
    optional: isOptional,
    ...(hint.trim() === "" ? {} : { hint: plain(hint, 2_000) }),
    element: elementOf(input),
  };
}

function elementOf(input: FormInput): Extract<KnownBlock, { readonly type: "input" }>["element"] {
  const action_id = ELEMENT;
  if (input.kind === "text") {
    const { isLong = false, value = "", mostLength = MOST_TYPED } = input;
    const most = Math.min(mostLength, MOST_TYPED);
    return {
      type: "plain_text_input",
      action_id,
      multiline: isLong,
      max_length: most,
      ...(value === "" ? {} : { initial_value: cutEnd(value.toWellFormed(), most) }),
    };
  }
  const options = input.options.slice(0, MOST_OPTIONS).map(optionOf);
  return input.isSeveral === true
    ? { type: "multi_static_select", action_id, options }
    : { type: "static_select", action_id, options };
}

function optionOf({ id, label, hint = "" }: FormOption): PlainTextOption {
  return { text: plain(label, 75), value: id, ...(hint.trim() === "" ? {} : { description: plain(hint, 75) }) };
}

/** What was filled in, by the ids of the inputs. */
export function readSlackForm(
  values: Readonly<Record<string, Readonly<Record<string, SlackFilled>>>>,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(values).map(([id, elements]) => [id, filledIn(elements[ELEMENT] ?? {})]));
}

/** An element of a form, as Slack says what it holds. */
export interface SlackFilled {
  readonly value?: string | null | undefined;
  readonly selected_option?: { readonly value?: string | undefined } | null | undefined;
  readonly selected_options?: readonly { readonly value?: string | undefined }[] | undefined;
}

function filledIn({ value, selected_option, selected_options = [] }: SlackFilled): readonly string[] {
  const all = [value, selected_option?.value, ...selected_options.map((one) => one.value)];
  return all.flatMap((one) => (one === undefined || one === null || one === "" ? [] : [one]));
}

function plain(text: string, most: number): PlainTextElement {
  return { type: "plain_text", text: cutEnd(text.toWellFormed().trim() || "–", most), emoji: false };
}
