import { COMMAND_STATES, COST_PERIODS, SESSION_STATUSES } from "@hal/protocol";
import type { Options, PositionalOptions } from "yargs";
import { AUDIT, TOKENS } from "./commands/keep-table.ts";
import { type CommandGroup, type CommandSpec, LIMIT } from "./commands/spec.ts";
import { parseDuration } from "./parse-duration.ts";

const REF: Readonly<Record<string, PositionalOptions>> = {
  ref: { type: "string", demandOption: true, describe: "session id, unique prefix, project or node/project" },
};
const ID: Readonly<Record<string, PositionalOptions>> = {
  id: { type: "string", demandOption: true, describe: "id or unique prefix" },
};
const PROJECT: Readonly<Record<string, PositionalOptions>> = {
  project: { type: "string", demandOption: true, describe: "project, or node/project" },
};
const TEXT: Readonly<Record<string, PositionalOptions>> = {
  text: { type: "string", array: true, default: [], describe: "the prompt; standard input where there is none" },
};
const PROMPT_OPTIONS: Readonly<Record<string, Options>> = {
  model: { type: "string", describe: "provider/model" },
  agent: { type: "string", describe: "agent of opencode" },
  wait: { type: "boolean", default: false, describe: "wait for the answer and print it" },
  timeout: {
    type: "string",
    default: "1h",
    coerce: parseDuration,
    describe: "how long to wait for the answer, such as 90s or 10m",
  },
  "idempotency-key": { type: "string", describe: "the same key twice does it once" },
};
const START_OPTIONS: Readonly<Record<string, Options>> = {
  ...PROMPT_OPTIONS,
  title: { type: "string", describe: "title of the session; made from the prompt where there is none" },
  node: { type: "string", describe: "which node, where several have the project" },
};

const start: CommandSpec = {
  command: "start <project> [text..]",
  summary: "start a session, with a first prompt",
  positionals: { ...PROJECT, ...TEXT },
  options: START_OPTIONS,
  load: async () => (await import("./commands/session-actions.ts")).startSession,
};
const prompt: CommandSpec = {
  command: "prompt <ref> [text..]",
  summary: "send a prompt; a busy session takes it when its turn is over",
  positionals: { ...REF, ...TEXT },
  options: PROMPT_OPTIONS,
  load: async () => (await import("./commands/session-actions.ts")).promptSession,
};
const kill: CommandSpec = {
  command: "kill <ref>",
  summary: "end a session and its children for good; the history stays",
  positionals: REF,
  load: async () => (await import("./commands/session-actions.ts")).killSession,
};

/** Everything that stands on its own, without a noun. */
export const VERBS: readonly CommandSpec[] = [
  {
    command: "status",
    summary: "the fleet on one page",
    load: async () => (await import("./commands/status.ts")).showStatus,
  },
  {
    command: "events",
    summary: "what happened, newest last",
    options: {
      follow: { alias: "f", type: "boolean", default: false, describe: "go on with what comes" },
      type: { type: "string", describe: "such as session.idle" },
      session: { type: "string", describe: "id, prefix or project" },
      node: { type: "string", describe: "id, prefix or host name" },
      since: {
        type: "string",
        describe: "received in the last 10m, 2h, … or since a time such as 2026-02-03T04:05:06Z",
      },
      ...LIMIT,
    },
    load: async () => (await import("./commands/events.ts")).showEvents,
  },
  {
    command: "cost [period]",
    summary: "what was spent, by model and project",
    positionals: { period: { choices: COST_PERIODS, default: "today", describe: "days are those of UTC" } },
    load: async () => (await import("./commands/cost.ts")).showCost,
  },
  AUDIT,
  { ...start, summary: "short for sessions start" },
  { ...prompt, command: "inject <ref> [text..]", summary: "short for sessions prompt" },
  { ...kill, summary: "short for sessions kill" },
];

export const GROUPS: readonly CommandGroup[] = [
  {
    noun: "nodes",
    summary: "machines that run agents",
    verbs: [
      {
        command: "list",
        summary: "all nodes, with status and reason",
        load: async () => (await import("./commands/nodes.ts")).listNodes,
      },
      {
        command: "get <id>",
        summary: "one node, by id, prefix or host name",
        positionals: ID,
        load: async () => (await import("./commands/nodes.ts")).getNode,
      },
      {
        command: "check <id>",
        summary: "ask its opencode right now, beside what was told",
        positionals: ID,
        load: async () => (await import("./commands/nodes.ts")).checkNode,
      },
    ],
  },
  {
    noun: "sessions",
    summary: "conversations of agents",
    verbs: [
      {
        command: "list",
        summary: "sessions, newest activity first",
        options: {
          project: { type: "string", describe: "only of this project" },
          status: { choices: SESSION_STATUSES, describe: "only in this status" },
          node: { type: "string", describe: "only on this node" },
          roots: { type: "boolean", describe: "without child sessions" },
          ...LIMIT,
        },
        load: async () => (await import("./commands/sessions.ts")).listSessions,
      },
      {
        command: "get <ref>",
        summary: "one session",
        positionals: REF,
        load: async () => (await import("./commands/sessions.ts")).getSession,
      },
      {
        command: "logs <ref>",
        summary: "the conversation",
        positionals: REF,
        options: {
          follow: { alias: "f", type: "boolean", default: false, describe: "go on with what comes" },
          lines: { alias: "n", type: "number", describe: "only so many of the newest messages" },
        },
        load: async () => (await import("./commands/sessions.ts")).showLogs,
      },
      {
        command: "watch <ref>",
        summary: "the text as it is written",
        positionals: REF,
        options: { "until-idle": { type: "boolean", default: false, describe: "leave when the turn is over" } },
        load: async () => (await import("./commands/watch.ts")).watchSession,
      },
      start,
      prompt,
      {
        command: "abort <ref>",
        summary: "stop the turn; the session stays and takes prompts",
        positionals: REF,
        load: async () => (await import("./commands/session-actions.ts")).abortSession,
      },
      kill,
    ],
  },
  {
    noun: "interactions",
    summary: "questions that wait for a person",
    verbs: [
      {
        command: "list",
        summary: "what waits",
        options: {
          all: { type: "boolean", default: false, describe: "closed ones, too" },
          session: { type: "string", describe: "of this session and its children" },
        },
        load: async () => (await import("./commands/interactions.ts")).listInteractions,
      },
      {
        command: "allow <id>",
        summary: "allow what was asked",
        positionals: ID,
        options: { always: { type: "boolean", default: false, describe: "and the like from now on" } },
        load: async () => (await import("./commands/interactions.ts")).allow,
      },
      {
        command: "deny <id>",
        summary: "deny what was asked",
        positionals: ID,
        options: { reason: { type: "string", describe: "why; the model reads it" } },
        load: async () => (await import("./commands/interactions.ts")).deny,
      },
      {
        command: "answer <id> <answers..>",
        summary: "answer a question: a number, a label or own words",
        positionals: { ...ID, answers: { type: "string", array: true, demandOption: true } },
        load: async () => (await import("./commands/interactions.ts")).answer,
      },
    ],
  },
  {
    noun: "commands",
    summary: "what was asked of nodes, and what came of it",
    verbs: [
      {
        command: "list",
        summary: "commands, newest first",
        options: {
          node: { type: "string" },
          session: { type: "string" },
          state: { choices: COMMAND_STATES },
          ...LIMIT,
        },
        load: async () => (await import("./commands/commands.ts")).listCommands,
      },
      {
        command: "get <id>",
        summary: "one command, with reason and outcome",
        positionals: ID,
        load: async () => (await import("./commands/commands.ts")).getCommand,
      },
      {
        command: "cancel <id>",
        summary: "cancel a command that has not begun",
        positionals: ID,
        load: async () => (await import("./commands/commands.ts")).cancelCommand,
      },
    ],
  },
  TOKENS,
];
