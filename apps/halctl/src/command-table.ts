import { CONFIG } from "./commands/config-table.ts";
import { INTERACTIONS } from "./commands/interaction-table.ts";
import { AUDIT, DB, TOKENS } from "./commands/keep-table.ts";
import { NODES } from "./commands/node-table.ts";
import { kill, prompt, SESSIONS, start } from "./commands/session-table.ts";
import { type CommandGroup, type CommandSpec, FOLLOW, WATCH, YES } from "./commands/spec.ts";
import { optionFor } from "./commands/typed-options.ts";
import { asks, verb } from "./commands/verb.ts";
import { SHELLS } from "./completion/scripts.ts";

/** Everything that stands on its own, without a noun. */
export const VERBS: readonly CommandSpec[] = [
  verb("status.get", {
    name: "status",
    options: WATCH,
    load: async () => (await import("./commands/status.ts")).showStatus,
  }),
  asks("why.get", { name: "why", page: async () => (await import("./output/why-page.ts")).whyPage }),
  verb("events.list", {
    name: "events",
    // the newest is at the bottom, where a person looks
    summary: "what happened, newest last",
    takes: ["type", "since", "limit"],
    options: {
      ...FOLLOW,
      // not whole ids alone: they are looked up
      session: optionFor("commands.list", "session"),
      node: optionFor("commands.list", "node"),
    },
    also: ["events.stream"],
    load: async () => (await import("./commands/events.ts")).showEvents,
  }),
  asks("cost.get", { name: "cost", page: async () => (await import("./output/cost-page.ts")).costPage }),
  {
    command: "doctor",
    summary: "look for what is wrong between here and the agents, and how to mend it",
    loadLocal: async () => (await import("./commands/doctor.ts")).runDoctor,
  },
  AUDIT,
  { ...start, summary: "short for sessions start" },
  { ...prompt, command: prompt.command.replace("prompt", "inject"), summary: "short for sessions prompt" },
  { ...kill, summary: "short for sessions kill" },
  {
    command: "stop [ref]",
    summary: "stop a turn, or with --all everything that is at work",
    positionals: { ref: { ...optionFor("sessions.abort", "ref"), demandOption: false } },
    options: {
      all: {
        type: "boolean",
        default: false,
        describe: "every session, or those of --node and --project; what waits for its turn is taken back",
      },
      node: optionFor("sessions.stopAll", "node"),
      project: optionFor("sessions.stopAll", "project"),
      ...YES,
    },
    of: ["sessions.abort", "sessions.stopAll"],
    load: async () => (await import("./commands/stop.ts")).stop,
  },
  {
    command: "completion [shell]",
    summary: "print what your shell needs to complete commands, options and names",
    positionals: { shell: { choices: SHELLS, describe: "by $SHELL where it is not said" } },
    loadLocal: async () => (await import("./commands/completion.ts")).printCompletion,
  },
  asks("whoami.get", { name: "whoami", page: async () => (await import("./output/keep-views.ts")).whoamiCard }),
  {
    command: "version",
    summary: "versions of halctl and of the supervisor",
    loadLocal: async () => (await import("./commands/version.ts")).showVersion,
  },
];

export const GROUPS: readonly CommandGroup[] = [
  NODES,
  SESSIONS,
  INTERACTIONS,
  {
    noun: "commands",
    summary: "what was asked of nodes, and what came of it",
    verbs: [
      verb("commands.list", {
        options: WATCH,
        load: async () => (await import("./commands/commands.ts")).listCommands,
      }),
      asks("commands.get", { page: async () => (await import("./output/views.ts")).commandCard }),
      verb("commands.cancel", { load: async () => (await import("./commands/commands.ts")).cancelCommand }),
    ],
  },
  TOKENS,
  DB,
  CONFIG,
];
