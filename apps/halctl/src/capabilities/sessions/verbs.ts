import { WAIT_ENDS } from "@hal/protocol";
import { timeLimit } from "../../grammar/time-limit.ts";
import { optionFor } from "../../grammar/typed-options.ts";
import { asks, verb } from "../../grammar/verb.ts";
import { type CommandGroup, type CommandSpec, type Fields, FOLLOW, ONCE, WATCH, YES } from "../../grammar/spec.ts";

const LINES = { ...optionFor("sessions.messages", "limit"), alias: "n" };

const ANSWER: Fields = {
  wait: { type: "boolean", default: false, describe: "wait for the answer and print it" },
  timeout: {
    type: "string",
    default: "1h",
    coerce: timeLimit,
    describe: "how long to wait for the answer, such as 90s or 10m",
  },
  for: {
    choices: [...WAIT_ENDS],
    describe: "with --wait: go on through what else comes; idle waits through questions; without it whatever is first",
  },
  schema: {
    type: "string",
    describe: "a file with a JSON Schema: waits for an answer of that shape, and fails where it does not come",
  },
  ...ONCE,
};

const DELIVERY: Fields = {
  queue: {
    type: "boolean",
    default: false,
    describe: "when the turn that runs is over; so it is where nothing is said",
  },
  steer: { type: "boolean", default: false, describe: "now, into the turn that runs" },
};

const start = verb("sessions.start", {
  options: ANSWER,
  load: async () => (await import("./session-actions.ts")).startSession,
});
const prompt = verb("sessions.prompt", {
  options: { ...DELIVERY, ...ANSWER },
  load: async () => (await import("./session-actions.ts")).promptSession,
});
const kill = verb("sessions.kill", {
  options: YES,
  load: async () => (await import("./session-actions.ts")).killSession,
});

const resume = verb("sessions.resume", { load: async () => (await import("./session-actions.ts")).resumeSession });

const restart = verb("sessions.restart", {
  options: {
    timeout: {
      type: "string",
      default: "60s",
      coerce: timeLimit,
      describe: "how long its agent may take to write down where it stands; then it is ended all the same",
    },
    ...ONCE,
  },
  load: async () => (await import("./restart-session.ts")).restartSession,
});

/** Conversations, and what is done with them. */
export const SESSIONS: CommandGroup = {
  noun: "sessions",
  summary: "conversations of agents",
  verbs: [
    verb("sessions.list", {
      options: WATCH,
      load: async () => (await import("./list-sessions.ts")).listSessions,
    }),
    asks("sessions.get", { page: async () => (await import("./pages.ts")).sessionCard }),
    verb("sessions.messages", {
      name: "logs",
      takes: ["ref"],
      options: { ...FOLLOW, lines: { ...LINES, describe: "only so many of the newest messages" } },
      load: async () => (await import("./conversation/show-logs.ts")).showLogs,
    }),
    verb("sessions.messages", {
      name: "tail",
      summary: "the last messages, and what comes",
      takes: ["ref"],
      options: { lines: { ...LINES, default: 10, describe: "so many of the newest messages first" } },
      load: async () => (await import("./conversation/show-logs.ts")).tailLogs,
    }),
    verb("sessions.watch", {
      name: "attach",
      summary: "the text as it is written; lines you type become prompts",
      load: async () => (await import("./watch/attach.ts")).attachSession,
    }),
    verb("sessions.wait", {
      summary: "wait until it rests or asks: exit 0 idle, 1 failed or ended, 10 question, 11 permission, 6 timed out",
      options: {
        timeout: { type: "string", coerce: timeLimit, describe: "such as 90s or 10m; for ever without it" },
        schema: { type: "string", describe: "a file with a JSON Schema that the last answer has to fit" },
      },
      load: async () => (await import("./conversation/wait.ts")).waitForSession,
    }),
    asks("sessions.todo", { page: async () => (await import("./pages.ts")).todoPage }),
    verb("sessions.diff", {
      options: { stat: { type: "boolean", default: false, describe: "the sums alone" } },
      load: async () => (await import("./show-diff.ts")).showDiff,
    }),
    verb("sessions.watch", {
      options: { "until-idle": { type: "boolean", default: false, describe: "leave when the turn is over" } },
      load: async () => (await import("./watch/watch.ts")).watchSession,
    }),
    start,
    prompt,
    verb("sessions.abort", { load: async () => (await import("./session-actions.ts")).abortSession }),
    resume,
    restart,
    kill,
  ],
};

/** The most usual of them, without their noun. */
export const START: CommandSpec = { ...start, summary: "short for sessions start" };
export const INJECT: CommandSpec = {
  ...prompt,
  command: prompt.command.replace("prompt", "inject"),
  summary: "short for sessions prompt",
};
export const RESUME: CommandSpec = { ...resume, summary: "short for sessions resume" };
export const RESTART: CommandSpec = { ...restart, summary: "short for sessions restart" };
export const KILL: CommandSpec = { ...kill, summary: "short for sessions kill" };

/** The stop for one turn and for everything. */
export const STOP: CommandSpec = {
  command: "stop [ref]",
  summary: "stop a turn, or with --all everything that is at work, and let nothing begin until halctl release",
  positionals: { ref: { ...optionFor("sessions.abort", "ref"), demandOption: false } },
  options: {
    all: {
      type: "boolean",
      default: false,
      describe: "every session, or those of --node and --project; nothing begins there until halctl release",
    },
    node: optionFor("sessions.stopAll", "node"),
    project: optionFor("sessions.stopAll", "project"),
    ...YES,
  },
  of: ["sessions.abort", "sessions.stopAll"],
  load: async () => (await import("./stop.ts")).stop,
};
