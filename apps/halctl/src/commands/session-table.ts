import { SESSION_STATUSES } from "@hal/protocol";
import type { Options, PositionalOptions } from "yargs";
import { timeLimit } from "../time-limit.ts";
import { type CommandGroup, type CommandSpec, LIMIT, WATCH } from "./spec.ts";

const REF: Readonly<Record<string, PositionalOptions>> = {
  ref: { type: "string", demandOption: true, describe: "session id, unique prefix, project or node/project" },
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
    coerce: timeLimit,
    describe: "how long to wait for the answer, such as 90s or 10m",
  },
  "idempotency-key": { type: "string", describe: "the same key twice does it once" },
};
const START_OPTIONS: Readonly<Record<string, Options>> = {
  ...PROMPT_OPTIONS,
  title: { type: "string", describe: "title of the session; made from the prompt where there is none" },
  node: { type: "string", describe: "which node, where several have the project" },
};

export const start: CommandSpec = {
  command: "start <project> [text..]",
  summary: "start a session, with a first prompt",
  positionals: { ...PROJECT, ...TEXT },
  options: START_OPTIONS,
  load: async () => (await import("./session-actions.ts")).startSession,
};
export const prompt: CommandSpec = {
  command: "prompt <ref> [text..]",
  summary: "send a prompt; a busy session takes it when its turn is over",
  positionals: { ...REF, ...TEXT },
  options: PROMPT_OPTIONS,
  load: async () => (await import("./session-actions.ts")).promptSession,
};
export const kill: CommandSpec = {
  command: "kill <ref>",
  summary: "end a session and its children for good; the history stays",
  positionals: REF,
  options: { yes: { alias: "y", type: "boolean", default: false, describe: "do not ask" } },
  load: async () => (await import("./session-actions.ts")).killSession,
};

/** Conversations, and what is done with them. */
export const SESSIONS: CommandGroup = {
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
        ...WATCH,
      },
      load: async () => (await import("./sessions.ts")).listSessions,
    },
    {
      command: "get <ref>",
      summary: "one session",
      positionals: REF,
      load: async () => (await import("./sessions.ts")).getSession,
    },
    {
      command: "logs <ref>",
      summary: "the conversation",
      positionals: REF,
      options: {
        follow: { alias: "f", type: "boolean", default: false, describe: "go on with what comes" },
        lines: { alias: "n", type: "number", describe: "only so many of the newest messages" },
      },
      load: async () => (await import("./sessions.ts")).showLogs,
    },
    {
      command: "tail <ref>",
      summary: "the last messages, and what comes",
      positionals: REF,
      options: { lines: { alias: "n", type: "number", default: 10, describe: "so many of the newest messages first" } },
      load: async () => (await import("./sessions.ts")).tailLogs,
    },
    {
      command: "attach <ref>",
      summary: "the text as it is written; lines you type become prompts",
      positionals: REF,
      load: async () => (await import("./attach.ts")).attachSession,
    },
    {
      command: "wait <ref>",
      summary: "wait until it rests: exit 0 idle, 1 failed or ended, 6 timed out",
      positionals: REF,
      options: {
        timeout: { type: "string", coerce: timeLimit, describe: "such as 90s or 10m; for ever without it" },
      },
      load: async () => (await import("./wait.ts")).waitForSession,
    },
    {
      command: "todo <ref>",
      summary: "what it means to do",
      positionals: REF,
      load: async () => (await import("./session-reads.ts")).showTodos,
    },
    {
      command: "diff <ref>",
      summary: "what it changed in the project's files",
      positionals: REF,
      options: { stat: { type: "boolean", default: false, describe: "the sums alone" } },
      load: async () => (await import("./session-reads.ts")).showDiff,
    },
    {
      command: "watch <ref>",
      summary: "the text as it is written",
      positionals: REF,
      options: { "until-idle": { type: "boolean", default: false, describe: "leave when the turn is over" } },
      load: async () => (await import("./watch.ts")).watchSession,
    },
    start,
    prompt,
    {
      command: "abort <ref>",
      summary: "stop the turn; the session stays and takes prompts",
      positionals: REF,
      load: async () => (await import("./session-actions.ts")).abortSession,
    },
    kill,
  ],
};
