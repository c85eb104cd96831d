import { EXIT } from "../../exit-codes.ts";
import { showList } from "../../live/show-list.ts";
import { print } from "../../output/print.ts";
import { commandCard, commandTable } from "./pages.ts";
import type { Run, Watched } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";

export const listCommands: Run<Watched> = (session, argv) =>
  showList(session, argv.watch, {
    asked: { operation: "commands.list", input: inputOf("commands.list", argv, session.terminal.now()) },
    title: "commands",
    read: async (options) => {
      const filter = inputOf("commands.list", argv, session.terminal.now());
      return (await session.client.call("commands.list", filter, options)).output;
    },
    render: commandTable,
    concerns: /^(command|node)\./,
  });

/** Says what became of it; a command that could not be cancelled any more is an error with the reason. */
export const cancelCommand: Run<{ readonly id: string }> = async (session, { id }) => {
  const { output } = await session.client.call("commands.cancel", { id });
  print(session, output, commandCard);
  return output.state === "cancelled" ? EXIT.done : EXIT.failed;
};
