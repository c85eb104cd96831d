import type { CommandView } from "@hal/protocol";
import { EXIT } from "../exit-codes.ts";
import { showList } from "../live/show-list.ts";
import { print } from "../output/print.ts";
import { commandCard, commandTable } from "../output/views.ts";
import type { Run } from "./command.ts";

export interface ListCommandsArgs {
  readonly node?: string | undefined;
  readonly session?: string | undefined;
  readonly state?: CommandView["state"] | undefined;
  readonly limit?: number | undefined;
  readonly watch: boolean;
}

export const listCommands: Run<ListCommandsArgs> = (session, { node, session: ref, state, limit, watch }) =>
  showList(session, watch, {
    title: "commands",
    read: async (options) => {
      const filter = { node, session: ref, state, limit };
      return (await session.client.call("commands.list", filter, options)).output;
    },
    render: commandTable,
    concerns: /^(command|node)\./,
  });

/** Says what became of it; a command that could not be cancelled any more is an error with the reason. */
export const cancelCommand: Run<{ readonly id: string }> = async (session, { id }) => {
  const { output } = await session.client.call("commands.cancel", { id });
  print(session, output, (command, { now }) => commandCard(command, now));
  return output.state === "cancelled" ? EXIT.done : EXIT.failed;
};

export const getCommand: Run<{ readonly id: string }> = async (session, { id }) => {
  const { output } = await session.client.call("commands.get", { id });
  print(session, output, (command, { now }) => commandCard(command, now));
  return EXIT.done;
};
