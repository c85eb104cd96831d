import type { Message } from "@hal/channels";
import { type CallName, type OperationOutput, OPERATIONS, type TypedField, typedFields } from "@hal/protocol";
import { entryOf, meantText } from "@hal/protocol/text";
import { showAsked, showWaiting } from "./show-asked.ts";
import {
  showCost,
  showInbox,
  showMessages,
  showNodes,
  showSessions,
  showStatus,
  showStopped,
  showWhy,
} from "./show.ts";

/** Something that people type on a platform. What it takes, who may, and what it means, its operation declares. */
export interface ChatCommand {
  readonly name: string;
  readonly operation: CallName;
  /** what is said of its answer; of one that has none of its own, that it was done */
  readonly show: (output: never, asked: Asked) => Message;
  /** for everybody there, not for whoever asks alone */
  readonly isForAll: boolean;
  /** what destroys is asked for once more */
  readonly isConfirmed: boolean;
  /** of one that does only some of what its operation does */
  readonly part?: CommandPart;
}

interface CommandPart {
  readonly summary: string;
  /** fields that are typed, in this order */
  readonly takes: readonly string[];
  /** and what is meant without a word */
  readonly input: Readonly<Record<string, unknown>>;
}

/** What somebody asked, when it is answered. */
export interface Asked {
  /** who, as others there know them */
  readonly by: string;
  readonly input: Readonly<Record<string, unknown>>;
}

type Show<N extends CallName> = (output: OperationOutput<N>, asked: Asked) => Message;

function look<N extends CallName>(name: string, operation: N, show: Show<N>): ChatCommand {
  return { name, operation, show, isForAll: false, isConfirmed: false };
}

function act<N extends CallName>(
  name: string,
  operation: N,
  show: Show<N>,
  { isConfirmed = false, part }: { readonly isConfirmed?: boolean; readonly part?: CommandPart } = {},
): ChatCommand {
  return { name, operation, show, isForAll: true, isConfirmed, ...(part === undefined ? {} : { part }) };
}

/** In the order of the help. */
export const COMMANDS: readonly ChatCommand[] = [
  look("status", "status.get", showStatus),
  look("nodes", "nodes.list", showNodes),
  look("sessions", "sessions.list", showSessions),
  look("inbox", "inbox.list", showInbox),
  look("why", "why.get", showWhy),
  look("logs", "sessions.messages", showMessages),
  look("cost", "cost.get", showCost),
  act("start", "sessions.start", (reply, { by, input: { prompt } }) =>
    showAsked(reply, { did: `${by} started a session in`, wants: `${by} wants a session in`, said: prompt }),
  ),
  act("inject", "sessions.prompt", ({ command, prompt, session_id }, { by, input: { text } }) =>
    command === null
      ? showWaiting(prompt, by)
      : showAsked({ command, session_id }, { did: `${by} prompted`, wants: `${by} wants to prompt`, said: text }),
  ),
  act("resume", "sessions.resume", (reply, { by }) =>
    showAsked(reply, { did: `${by} resumed`, wants: `${by} wants to resume` }),
  ),
  act(
    "approve",
    "interactions.answer",
    ({ command, interaction: { summary } }, { by }) =>
      showAsked({ command }, { did: `${by} allowed it once in`, wants: `${by} wants to allow it in`, said: summary }),
    { part: { summary: "Allow what is asked, once", takes: ["id"], input: { reply: "once" } } },
  ),
  act(
    "deny",
    "interactions.answer",
    ({ command, interaction: { summary } }, { by }) =>
      showAsked({ command }, { did: `${by} denied it in`, wants: `${by} wants to deny it in`, said: summary }),
    {
      part: {
        summary: "Deny what is asked, with a reason that the model reads",
        takes: ["id", "message"],
        input: { reply: "reject" },
      },
    },
  ),
  act(
    "restart",
    "sessions.restart",
    (reply, { by }) => showAsked(reply, { did: `${by} restarted`, wants: `${by} wants to restart` }),
    {
      isConfirmed: true,
    },
  ),
  act(
    "kill",
    "sessions.kill",
    (reply, { by }) => showAsked(reply, { did: `${by} killed`, wants: `${by} wants to kill` }),
    {
      isConfirmed: true,
    },
  ),
  act("stop-all", "sessions.stopAll", showStopped, { isConfirmed: true }),
];

/** What was typed, as an operation takes it. */
export type ReadCommand =
  | { readonly kind: "command"; readonly command: ChatCommand; readonly input: Readonly<Record<string, unknown>> }
  | { readonly kind: "message"; readonly message: Message };

/** Reads what somebody typed: the name of a command, and its words in their order. */
export function readCommand(words: readonly string[], named: Readonly<Record<string, string>> = {}): ReadCommand {
  const [first = "help", ...rest] = words;
  const typed = first === "hal-help" ? "help" : first;
  // of one project its sessions say how it is
  const name = typed === "status" && rest.length > 0 ? "sessions" : typed;
  if (name === "help") return { kind: "message", message: helpMessage() };
  const command = COMMANDS.find((one) => one.name === name.toLowerCase());
  if (command === undefined) {
    const meant =
      meantText(
        name,
        COMMANDS.map((one) => one.name),
      ) || "; help lists all";
    return { kind: "message", message: { title: `there is no command ${name}${meant}`, tone: "warn" } };
  }
  const input = new Map<string, unknown>(Object.entries(command.part?.input ?? {}));
  const left = [...rest];
  for (const field of fieldsOf(command)) {
    const said = entryOf(named, field.field) ?? (field.isRest ? left.splice(0).join(" ") : left.shift());
    if (said !== undefined && said !== "") input.set(field.field, field.kind === "number" ? Number(said) : said);
    else if (field.isRequired) return { kind: "message", message: usageMessage(command) };
  }
  return left.length > 0
    ? { kind: "message", message: usageMessage(command) }
    : { kind: "command", command, input: Object.fromEntries(input) };
}

/** Fields that are words here, and have names at a terminal. */
const BESIDE: ReadonlyMap<string, readonly string[]> = new Map([
  ["logs", ["limit"]],
  ["sessions", ["project"]],
]);

/** What is typed, in its order. */
export function fieldsOf({ operation, name, part }: ChatCommand): readonly TypedField[] {
  const fields = typedFields(OPERATIONS[operation]);
  if (part !== undefined)
    return part.takes.flatMap((taken, index) =>
      // what comes behind the first word is said in many
      fields.filter(({ field }) => field === taken).map((field) => ({ ...field, isRest: index > 0 })),
    );
  const words = fields.filter(({ place }) => place !== undefined);
  const beside = BESIDE.get(name) ?? [];
  return [...words, ...fields.filter(({ field }) => beside.includes(field))];
}

function usageOf(command: ChatCommand): string {
  const words = fieldsOf(command).map(({ name, isRest, isRequired }) => {
    const said = `${name}${isRest ? "…" : ""}`;
    return isRequired ? `<${said}>` : `[${said}]`;
  });
  return [command.name, ...words].join(" ");
}

/** What it is for. */
export function summaryOf({ operation, part }: ChatCommand): string {
  return part?.summary ?? OPERATIONS[operation].summary;
}

function usageMessage(command: ChatCommand): Message {
  return { title: `type: ${usageOf(command)}`, tone: "warn", text: summaryOf(command) };
}

function helpMessage(): Message {
  const width = Math.max(...COMMANDS.map((one) => usageOf(one).length));
  const lines = COMMANDS.map((one) => `${usageOf(one).padEnd(width)}  ${summaryOf(one)}`);
  return { title: "What can be asked here", tone: "neutral", code: lines.join("\n") };
}
