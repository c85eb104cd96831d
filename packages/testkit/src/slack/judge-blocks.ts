import {
  address,
  among,
  type BlockProblem,
  boolean,
  byType,
  type Check,
  isRecord,
  list,
  maybeEmpty,
  number,
  object,
  problem,
  string,
} from "./checks.ts";

const id = string(255);
const type = string(255);

function plain(most: number): Check {
  return byType({ plain_text: object({ type, text: string(most), emoji: boolean }, "text") });
}

function text(most: number): Check {
  return byType({
    plain_text: object({ type, text: string(most), emoji: boolean }, "text"),
    mrkdwn: object({ type, text: string(most), verbatim: boolean }, "text"),
  });
}

const style = among("primary", "danger");
const confirm = object(
  { title: plain(100), text: text(300), confirm: plain(30), deny: plain(30), style },
  "title",
  "text",
  "confirm",
  "deny",
);
const option = object({ text: text(75), value: string(150), description: text(75), url: address }, "text", "value");
const options = list(option, 100);
const fewOptions = list(option, 10);
const common = { type, action_id: id, confirm, focus_on_load: boolean };

const button = object(
  { ...common, text: plain(75), value: string(2_000), url: address, style, accessibility_label: string(75) },
  "text",
);
const select = { ...common, placeholder: plain(150), options, option_groups: list(object({}), 100) };
const elements: Readonly<Record<string, Check>> = {
  button,
  static_select: object({ ...select, initial_option: option }, "options"),
  multi_static_select: object({ ...select, initial_options: options, max_selected_items: number }, "options"),
  radio_buttons: object({ ...common, options: fewOptions, initial_option: option }, "options"),
  checkboxes: object({ ...common, options: fewOptions, initial_options: fewOptions }, "options"),
};
const inputs: Readonly<Record<string, Check>> = {
  ...elements,
  plain_text_input: object({
    ...common,
    placeholder: plain(150),
    initial_value: maybeEmpty(3_000),
    multiline: boolean,
    min_length: number,
    max_length: number,
    dispatch_action_config: object({ trigger_actions_on: list(string(100), 2) }),
  }),
};

const block = { type, block_id: id };
const anyRichText: Check = (value, pointer) =>
  Array.isArray(value)
    ? value.flatMap((one) => (isRecord(one) ? [] : problem(pointer, "must be an object")))
    : problem(pointer, "must be an array");

const blocks: Readonly<Record<string, Check>> = {
  header: object({ ...block, text: plain(150), level: number }, "text"),
  divider: object(block),
  section: (value, pointer) => [
    ...object({
      ...block,
      text: text(3_000),
      fields: list(text(2_000), 10),
      accessory: byType(elements),
      expand: boolean,
    })(value, pointer),
    ...(isRecord(value) && value["text"] === undefined && value["fields"] === undefined
      ? problem(pointer, "missing required field: text or fields")
      : []),
  ],
  context: object({ ...block, elements: list(text(3_000), 10) }, "elements"),
  actions: object({ ...block, elements: list(byType(elements), 25) }, "elements"),
  input: object(
    {
      ...block,
      label: plain(2_000),
      element: byType(inputs),
      hint: plain(2_000),
      optional: boolean,
      dispatch_action: boolean,
    },
    "label",
    "element",
  ),
  rich_text: object({ ...block, elements: anyRichText }, "elements"),
};

/** What Slack would refuse in the blocks of a message, of which it takes 50, or of a modal, of which it takes 100. */
export function judgeBlocks(value: unknown, most: 50 | 100 = 50): readonly BlockProblem[] {
  const pointer = "/blocks";
  if (!Array.isArray(value)) return problem(pointer, "must be an array");
  if (value.length === 0) return [];
  const found = list(byType(blocks), most)(value, pointer);
  return found.length > 0 ? found : [...twiceAmong(value, "block_id", pointer), ...twiceInBlocks(value, pointer)];
}

function twiceInBlocks(value: readonly unknown[], pointer: string): readonly BlockProblem[] {
  return value.flatMap((one, index) => {
    const elementsOf = isRecord(one) && one["type"] === "actions" ? one["elements"] : undefined;
    return Array.isArray(elementsOf) ? twiceAmong(elementsOf, "action_id", `${pointer}/${index}/elements`) : [];
  });
}

function twiceAmong(values: readonly unknown[], name: string, pointer: string): readonly BlockProblem[] {
  const seen = new Set<unknown>();
  return values.flatMap((one, index) => {
    const key = isRecord(one) ? one[name] : undefined;
    if (typeof key !== "string") return [];
    const found = seen.has(key) ? problem(`${pointer}/${index}/${name}`, `\`${name}\` ${key} already exists`) : [];
    seen.add(key);
    return found;
  });
}

const modal = object(
  {
    type: among("modal"),
    title: plain(24),
    submit: plain(24),
    close: plain(24),
    blocks: () => [],
    private_metadata: maybeEmpty(3_000),
    callback_id: id,
    external_id: id,
    clear_on_close: boolean,
    notify_on_close: boolean,
  },
  "type",
  "title",
  "blocks",
);

/** What Slack would refuse in a modal. */
export function judgeModal(view: unknown): readonly BlockProblem[] {
  const found = modal(view, "");
  if (found.length > 0 || !isRecord(view)) return found;
  const inner = judgeBlocks(view["blocks"], 100);
  const asks = (view["blocks"] as readonly unknown[]).some((one) => isRecord(one) && one["type"] === "input");
  return asks && view["submit"] === undefined
    ? [...inner, ...problem("/submit", "missing required field: submit")]
    : inner;
}
