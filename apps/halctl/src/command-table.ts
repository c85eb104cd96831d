import { COMMAND_STATES, COST_PERIODS } from "@hal/protocol";
import type { PositionalOptions } from "yargs";
import { CONFIG } from "./commands/config-table.ts";
import { AUDIT, DB, TOKENS } from "./commands/keep-table.ts";
import { SHELLS } from "./completion/scripts.ts";
import { kill, prompt, SESSIONS, start } from "./commands/session-table.ts";
import { type CommandGroup, type CommandSpec, LIMIT, WATCH } from "./commands/spec.ts";

const ID: Readonly<Record<string, PositionalOptions>> = {
  id: { type: "string", demandOption: true, describe: "id or unique prefix" },
};

/** Everything that stands on its own, without a noun. */
export const VERBS: readonly CommandSpec[] = [
  {
    command: "status",
    summary: "the fleet on one page",
    options: WATCH,
    load: async () => (await import("./commands/status.ts")).showStatus,
  },
  {
    command: "why <ref>",
    summary: "why a session or a node is as it is, and what to do",
    positionals: {
      ref: { type: "string", demandOption: true, describe: "session or node: id, prefix or name, or a project" },
    },
    options: { kind: { choices: ["session", "node"], describe: "which, where both have that name" } },
    load: async () => (await import("./commands/why.ts")).showWhy,
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
        describe:
          "received in the last 10m, 2h, … or since a time such as 2026-02-03T04:05:06Z; without a zone it is of this machine",
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
  {
    command: "doctor",
    summary: "look for what is wrong between here and the agents, and how to mend it",
    loadLocal: async () => (await import("./commands/doctor.ts")).runDoctor,
  },
  AUDIT,
  { ...start, summary: "short for sessions start" },
  { ...prompt, command: "inject <ref> [text..]", summary: "short for sessions prompt" },
  { ...kill, summary: "short for sessions kill" },
  {
    command: "stop [ref]",
    summary: "stop a turn, or with --all everything that is at work",
    positionals: { ref: { type: "string", describe: "session id, unique prefix, project or node/project" } },
    options: {
      all: { type: "boolean", default: false, describe: "every session; what waits for its turn is taken back" },
      node: { type: "string", describe: "with --all: only on this node" },
      project: { type: "string", describe: "with --all: only of this project" },
      yes: { alias: "y", type: "boolean", default: false, describe: "do not ask" },
    },
    load: async () => (await import("./commands/stop.ts")).stop,
  },
  {
    command: "completion [shell]",
    summary: "print what your shell needs to complete commands, options and names",
    positionals: { shell: { choices: SHELLS, describe: "by $SHELL where it is not said" } },
    loadLocal: async () => (await import("./commands/completion.ts")).printCompletion,
  },
  {
    command: "version",
    summary: "versions of halctl and of the supervisor",
    loadLocal: async () => (await import("./commands/version.ts")).showVersion,
  },
];

export const GROUPS: readonly CommandGroup[] = [
  {
    noun: "nodes",
    summary: "machines that run agents",
    verbs: [
      {
        command: "list",
        summary: "all nodes, with status and reason",
        options: WATCH,
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
      {
        command: "replace <id> <by>",
        summary: "let a node take the place of one that lost its identity: its sessions move",
        positionals: {
          id: { type: "string", demandOption: true, describe: "the one that is gone, by its id" },
          by: { type: "string", demandOption: true, describe: "the one that has taken its place" },
        },
        options: {
          unlike: { type: "boolean", default: false, describe: "also where host and projects do not say so" },
        },
        load: async () => (await import("./commands/nodes.ts")).replaceNode,
      },
      {
        command: "remove <id>",
        summary: "forget a node with its sessions, and end its commands",
        positionals: ID,
        options: { online: { type: "boolean", default: false, describe: "also where it is connected" } },
        load: async () => (await import("./commands/nodes.ts")).removeNode,
      },
    ],
  },
  SESSIONS,
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
          ...WATCH,
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
        command: "answer <id> [answers..]",
        summary: "answer a question: a choice by its label or number, or own words",
        positionals: { ...ID, answers: { type: "string", array: true, default: [] } },
        options: { text: { type: "string", requiresArg: true, describe: "own words, whatever the choices are" } },
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
          ...WATCH,
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
  DB,
  CONFIG,
];
