import {
  among,
  type BlockProblem,
  boolean,
  type Check,
  isRecord,
  list,
  number,
  object,
  problem,
} from "../slack/checks.ts";

/** A text that is more than blanks. */
const filled =
  (most: number): Check =>
  (value, pointer) => {
    if (typeof value !== "string" || value.trim() === "") return problem(pointer, "This field is required");
    return value.length > most ? problem(pointer, `Must be ${most} or fewer in length.`) : [];
  };
export const textUpTo =
  (most: number): Check =>
  (value, pointer) =>
    value === "" || value === null ? [] : filled(most)(value, pointer);
const address =
  (most: number): Check =>
  (value, pointer) => {
    if (typeof value !== "string" || !URL.canParse(value) || !/^(https?|discord|attachment):\/\//.test(value))
      return problem(pointer, "Not a well formed URL.");
    return value.length > most ? problem(pointer, `Must be ${most} or fewer in length.`) : [];
  };
const id: Check = (value, pointer) =>
  typeof value === "string" && /^\d{5,20}$/.test(value) ? [] : problem(pointer, "Value is not snowflake.");
const upTo =
  (item: Check, most: number): Check =>
  (value, pointer) =>
    Array.isArray(value) && value.length === 0 ? [] : list(item, most)(value, pointer);
const moment: Check = (value, pointer) =>
  typeof value === "string" && Number.isFinite(Date.parse(value))
    ? []
    : problem(pointer, "Could not parse as ISO8601.");

const embed = object({
  type: among("rich"),
  title: textUpTo(256),
  description: textUpTo(4_096),
  url: address(2_048),
  timestamp: moment,
  color: (value, pointer) =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 0xffffff
      ? []
      : problem(pointer, "int value should be between 0 and 16777215."),
  footer: object({ text: filled(2_048), icon_url: address(2_048) }, "text"),
  author: object({ name: filled(256), url: address(2_048), icon_url: address(2_048) }, "name"),
  fields: upTo(object({ name: filled(256), value: filled(1_024), inline: boolean }, "name", "value"), 25),
});

const button: Check = (value, pointer) => {
  if (!isRecord(value)) return problem(pointer, "must be a button");
  const isLink = value["style"] === 5;
  const shape = object(
    {
      type: number,
      id: number,
      style: (style, at) => ([1, 2, 3, 4, 5].includes(style as number) ? [] : problem(at, "no such style")),
      label: filled(80),
      disabled: boolean,
      ...(isLink ? { url: address(512) } : { custom_id: filled(100) }),
    },
    "style",
    "label",
    isLink ? "url" : "custom_id",
  );
  return value["type"] === 2 ? shape(value, pointer) : problem(`${pointer}/type`, "only buttons are known here");
};
const row = object({ type: number, id: number, components: list(button, 5) }, "type", "components");

/** What Discord refuses of a message. */
export function judgeDiscordMessage(given: Readonly<Record<string, unknown>>): readonly BlockProblem[] {
  const { content = "", embeds = [], components = [], allowed_mentions: mentions, nonce } = given;
  return [
    ...textUpTo(2_000)(content, "/content"),
    ...upTo(embed, 10)(embeds ?? [], "/embeds"),
    ...totalOf(embeds),
    ...upTo(row, 5)(components ?? [], "/components"),
    ...twiceIn(components),
    ...(mentions === undefined || mentions === null ? [] : judgeMentions(mentions)),
    ...(nonce === undefined || nonce === null || typeof nonce === "number" ? [] : textUpTo(25)(nonce, "/nonce")),
  ];
}

function judgeMentions(value: unknown): readonly BlockProblem[] {
  const at = "/allowed_mentions";
  const shape = object({
    parse: upTo(among("users", "roles", "everyone"), 3),
    users: upTo(id, 100),
    roles: upTo(id, 100),
    replied_user: boolean,
  })(value, at);
  if (!isRecord(value) || shape.length > 0) return shape;
  const parse = (value["parse"] ?? []) as readonly string[];
  return ["users", "roles"].flatMap((kind) =>
    parse.includes(kind) && value[kind] !== undefined
      ? problem(`${at}/parse`, `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`)
      : [],
  );
}

function totalOf(embeds: unknown): readonly BlockProblem[] {
  const total = JSON.stringify(embeds ?? [], (key, value: unknown) =>
    ["url", "icon_url", "timestamp", "type"].includes(key) ? undefined : value,
  );
  let size = 0;
  JSON.parse(total, (key, value: unknown) => {
    if (typeof value === "string" && key !== "") size += value.length;
    return value;
  });
  return size > 6_000 ? problem("/embeds", "Embed size exceeds maximum size of 6000") : [];
}

function twiceIn(components: unknown): readonly BlockProblem[] {
  const ids: string[] = [];
  JSON.parse(JSON.stringify(components ?? []), (key, value: unknown) => {
    if (key === "custom_id") ids.push(String(value));
    return value;
  });
  return ids.length === new Set(ids).size ? [] : problem("/components", "Component custom id cannot be duplicated");
}

const option = object(
  { label: filled(100), value: filled(100), description: filled(100), default: boolean },
  "label",
  "value",
);
const input: Check = (value, pointer) => {
  const of = isRecord(value) ? value["type"] : undefined;
  const common = { type: number, id: number, custom_id: filled(100), placeholder: textUpTo(150), required: boolean };
  if (of === 3)
    return object(
      { ...common, options: list(option, 25), min_values: number, max_values: number },
      "custom_id",
      "options",
    )(value, pointer);
  return object(
    { ...common, style: number, min_length: number, max_length: number, value: textUpTo(4_000) },
    "custom_id",
    "style",
  )(value, pointer);
};
const label: Check = (value, pointer) => {
  if (isRecord(value) && value["type"] === 10)
    return object({ type: number, content: filled(4_000) }, "content")(value, pointer);
  return object(
    { type: number, label: filled(45), description: textUpTo(100), component: input },
    "label",
    "component",
  )(value, pointer);
};

/** What Discord refuses of a form. */
export function judgeDiscordModal(data: unknown): readonly BlockProblem[] {
  return [
    ...object(
      { custom_id: filled(100), title: filled(45), components: list(label, 5) },
      "custom_id",
      "title",
      "components",
    )(data, "/data"),
    ...twiceIn(isRecord(data) ? data["components"] : []),
  ];
}

const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
const name: Check = (value, pointer) =>
  typeof value === "string" && NAME.test(value) && value === value.toLowerCase()
    ? []
    : problem(pointer, "Command name is invalid");
const commandOption: Check = (value, pointer) => {
  const inner: Readonly<Record<string, Check>> = {
    type: number,
    name,
    description: filled(100),
    required: boolean,
    autocomplete: boolean,
    choices: upTo(object({ name: filled(100), value: filled(100) }, "name", "value"), 25),
    min_value: number,
    max_value: number,
    max_length: number,
    options: (options, at) => commandOptions(options, at),
  };
  const both = isRecord(value) && value["autocomplete"] === true && value["choices"] !== undefined;
  return [
    ...object(inner, "type", "name", "description")(value, pointer),
    ...(both ? problem(pointer, "autocomplete and choices exclude each other") : []),
  ];
};

function commandOptions(value: unknown, pointer: string): readonly BlockProblem[] {
  const problems = upTo(commandOption, 25)(value, pointer);
  if (problems.length > 0 || !Array.isArray(value)) return problems;
  const isRequired = value.map((one: unknown) => isRecord(one) && one["required"] === true);
  const names = value.map((one: unknown) => (isRecord(one) ? one["name"] : undefined));
  return [
    ...(isRequired.some((one, index) => one && isRequired[index - 1] === false && index > 0)
      ? problem(pointer, "Required options must be placed before non-required options")
      : []),
    ...(new Set(names).size < names.length ? problem(pointer, "Option names must be unique") : []),
  ];
}

const command = object(
  {
    type: number,
    name,
    description: filled(100),
    options: (value, pointer) => commandOptions(value, pointer),
    default_member_permissions: textUpTo(30),
    dm_permission: boolean,
    contexts: upTo(number, 3),
    integration_types: upTo(number, 2),
    nsfw: boolean,
  },
  "name",
  "description",
);

/** What Discord refuses of the commands of a server. */
export function judgeDiscordCommands(commands: unknown): readonly BlockProblem[] {
  const problems = upTo(command, 100)(commands, "");
  if (problems.length > 0 || !Array.isArray(commands)) return problems;
  return commands.flatMap((one: unknown, index) =>
    sizeOf(one) > 8_000 ? problem(`/${index}`, "Command exceeds maximum size (8000)") : [],
  );
}

/** Names, descriptions and values, those of options included. */
function sizeOf(value: unknown): number {
  let size = 0;
  JSON.parse(JSON.stringify(value), (key, one: unknown) => {
    if (["name", "description", "value"].includes(key)) size += String(one).length;
    return one;
  });
  return size;
}
