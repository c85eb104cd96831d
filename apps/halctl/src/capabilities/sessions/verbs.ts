import { WAIT_ENDS } from "@hal/protocol";
import { timeLimit } from "../../grammar/time-limit.ts";
import { optionFor } from "../../grammar/typed-options.ts";
import { takesSeveral } from "../../grammar/acts.ts";
import { asks, verb } from "../../grammar/verb.ts";
import { type CommandGroup, type CommandSpec, type Fields, FOLLOW, ONCE, WATCH, YES } from "../../grammar/spec.ts";

const LINES = { ...optionFor("sessions.messages", "limit"), alias: ["n", "tail"] };

const LOG_FILTERS: Fields = {
  since: optionFor("events.list", "since"),
  filter: {
    type: "string",
    array: true,
    default: [],
    requiresArg: true,
    suggests: ["errors", "tools", "permissions"],
    describe: "only messages with errors or tool calls, or what was asked of people: errors, tools, permissions",
  },
};

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
    describe: "what to wait for; idle waits through questions; without it, whatever comes first",
  },
  schema: {
    type: "string",
    describe: "a file with a JSON Schema: wait for an answer of that shape, and fail if it does not come",
    isFile: true,
  },
  ...ONCE,
};

const DRY_RUN: Fields = {
  "dry-run": { type: "boolean", default: false, describe: "show what would be done, and do nothing" },
};

const DELIVERY: Fields = {
  queue: {
    type: "boolean",
    default: false,
    describe: "deliver it once the running turn is over (the default)",
  },
  steer: { type: "boolean", default: false, describe: "deliver it now, into the running turn" },
};

const start = verb("sessions.start", {
  options: ANSWER,
  load: async () => (await import("./session-actions.ts")).startSession,
});
const prompt = verb("sessions.prompt", {
  options: { ...DELIVERY, ...ANSWER },
  load: async () => (await import("./session-actions.ts")).promptSession,
});
const kill = takesSeveral(
  verb("sessions.kill", {
    options: { ...DRY_RUN, ...YES },
    load: async () => (await import("./session-actions.ts")).killSession,
  }),
);

const resume = takesSeveral(
  verb("sessions.resume", { load: async () => (await import("./session-actions.ts")).resumeSession }),
);

const restart = verb("sessions.restart", {
  options: {
    timeout: {
      type: "string",
      default: "60s",
      coerce: timeLimit,
      describe: "how long its agent may take to write its handover; then it is ended anyway",
    },
    ...ONCE,
  },
  load: async () => (await import("./restart-session.ts")).restartSession,
});

const list = verb("sessions.list", {
  options: WATCH,
  load: async () => (await import("./list-sessions.ts")).listSessions,
});
const logs = verb("sessions.messages", {
  name: "logs",
  takes: ["ref"],
  options: { ...FOLLOW, ...LOG_FILTERS, lines: { ...LINES, describe: "only this many of the newest messages" } },
  load: async () => (await import("./conversation/show-logs.ts")).showLogs,
});
const attach = verb("sessions.watch", {
  name: "attach",
  summary: "watch a session and type prompts",
  options: { lines: { ...LINES, default: 5, describe: "begin with this many of the last messages" } },
  load: async () => (await import("./watch/attach.ts")).attachSession,
});
const wait = verb("sessions.wait", {
  summary:
    "wait until a session rests or asks: exit 0 idle, 1 failed or ended, 10 question, 11 permission, 6 timed out",
  options: {
    timeout: {
      type: "string",
      coerce: timeLimit,
      describe: "give up after so long, such as 90s or 10m; without it, wait for ever",
    },
    schema: { type: "string", describe: "a file with a JSON Schema that the last answer must match", isFile: true },
  },
  load: async () => (await import("./conversation/wait.ts")).waitForSession,
});

/** Conversations, and what is done with them. */
export const SESSIONS: CommandGroup = {
  noun: "sessions",
  summary: "conversations of agents",
  verbs: [
    list,
    asks("sessions.get", { page: async () => (await import("./pages.ts")).sessionCard }),
    logs,
    verb("sessions.messages", {
      name: "tail",
      summary: "the last messages, then new ones as they arrive",
      takes: ["ref"],
      options: {
        ...LOG_FILTERS,
        lines: { ...LINES, default: 10, describe: "begin with this many of the newest messages" },
      },
      load: async () => (await import("./conversation/show-logs.ts")).tailLogs,
    }),
    attach,
    wait,
    asks("sessions.todo", { page: async () => (await import("./pages.ts")).todoPage }),
    verb("sessions.diff", {
      options: { stat: { type: "boolean", default: false, describe: "only the totals per file" } },
      load: async () => (await import("./show-diff.ts")).showDiff,
    }),
    verb("sessions.watch", {
      options: { "until-idle": { type: "boolean", default: false, describe: "leave once the turn is over" } },
      load: async () => (await import("./watch/watch.ts")).watchSession,
    }),
    start,
    prompt,
    takesSeveral(verb("sessions.abort", { load: async () => (await import("./session-actions.ts")).abortSession })),
    resume,
    restart,
    kill,
  ],
};

/** The most usual of them, without their noun. */
export const SHORT: readonly CommandSpec[] = [
  short("ls", list),
  short("start", start),
  {
    ...short("run", start),
    summary: "start a session, wait for the answer and print it",
    shortFor: "sessions start --wait",
    options: Object.fromEntries(Object.entries(start.options ?? {}).filter(([name]) => name !== "wait")),
    load: async () => (await import("./session-actions.ts")).runSession,
  },
  short("send", prompt),
  // what the guides of an earlier time say
  { ...short("inject", prompt), isHidden: true },
  short("logs", logs),
  short("attach", attach),
  short("wait", wait),
  short("resume", resume),
  short("restart", restart),
  short("kill", kill),
];

function short(name: string, spec: CommandSpec): CommandSpec {
  const [verbName = "", ...words] = spec.command.split(" ");
  return { ...spec, command: [name, ...words].join(" "), shortFor: `sessions ${verbName}` };
}

/** The stop for one turn and for everything. */
export const STOP: CommandSpec = {
  command: "stop [ref..]",
  summary: "stop the turn of a session; with --all, stop everything and hold it until halctl release",
  positionals: { ref: { ...optionFor("sessions.abort", "ref"), array: true, default: [], demandOption: false } },
  options: {
    all: {
      type: "boolean",
      default: false,
      describe: "every session, or those of --node and --project; nothing begins there until halctl release",
    },
    node: optionFor("sessions.stopAll", "node"),
    project: optionFor("sessions.stopAll", "project"),
    ...DRY_RUN,
    ...YES,
  },
  of: ["sessions.abort", "sessions.stopAll"],
  load: async () => (await import("./stop.ts")).stop,
};
