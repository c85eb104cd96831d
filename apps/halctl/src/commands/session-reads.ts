import { EXIT } from "../exit-codes.ts";
import { print } from "../output/print.ts";
import { diffPage, todoPage } from "../output/session-pages.ts";
import type { Run } from "./command.ts";

export const showTodos: Run<{ readonly ref: string }> = async (session, { ref }) => {
  const { output } = await session.client.call("sessions.todo", { ref });
  print(session, output, todoPage);
  return EXIT.done;
};

export interface DiffArgs {
  readonly ref: string;
  readonly stat: boolean;
}

export const showDiff: Run<DiffArgs> = async (session, { ref, stat }) => {
  const { output } = await session.client.call("sessions.diff", { ref });
  print(session, output, (diff) => diffPage(diff, stat), ["patch"]);
  return EXIT.done;
};
