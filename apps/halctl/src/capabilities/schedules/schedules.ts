import { HalError } from "@hal/protocol";
import { EXIT } from "../../exit-codes.ts";
import type { Arguments, Once, Run, Watched } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";
import { showList } from "../../live/show-list.ts";
import { print } from "../../output/print.ts";
import { occasionCard, occasionTable, scheduleCard, scheduleTable } from "./pages.ts";

export const listSchedules: Run<Watched> = (session, argv) =>
  showList(session, argv.watch, {
    asked: { operation: "schedules.list", input: inputOf("schedules.list", argv, session.terminal.now()) },
    title: "schedules",
    read: async (options) => {
      const filter = inputOf("schedules.list", argv, session.terminal.now());
      return (await session.client.call("schedules.list", filter, options)).output;
    },
    render: scheduleTable,
    concerns: /^(schedule|command|projects|node)\./,
  });

/** Adds one; its prompt as words, or on standard input. */
export const addSchedule: Run<Arguments & Once & { readonly prompt: readonly string[] }> = async (session, argv) => {
  const { client, terminal } = session;
  const prompt = argv.prompt.length > 0 ? argv.prompt.join(" ") : ((await terminal.readInput())?.trim() ?? "");
  if (prompt === "")
    throw new HalError(
      "bad_request",
      "say what the session is told: halctl schedules add <name> <cron> <project> <prompt…>, or on standard input",
    );
  const input = { ...inputOf("schedules.add", argv, terminal.now()), prompt };
  const { output } = await client.call("schedules.add", input, { idempotencyKey: argv.idempotencyKey });
  print(session, output, scheduleCard, ["prompt"]);
  return EXIT.done;
};

/** Says what came of it; one that starts no session has failed. */
export const runSchedule: Run<Once & { readonly name: string }> = async (session, { name, idempotencyKey }) => {
  const { output } = await session.client.call("schedules.run", { name }, { idempotencyKey });
  print(session, output, occasionCard);
  return output.state === "not_started" ? EXIT.failed : EXIT.done;
};

export const showHistory: Run<Watched> = (session, argv) =>
  showList(session, argv.watch, {
    asked: { operation: "schedules.history", input: inputOf("schedules.history", argv, session.terminal.now()) },
    title: "schedules",
    read: async (options) => {
      const filter = inputOf("schedules.history", argv, session.terminal.now());
      return (await session.client.call("schedules.history", filter, options)).output;
    },
    render: occasionTable,
    concerns: /^(schedule|command)\./,
  });
