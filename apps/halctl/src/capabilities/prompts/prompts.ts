import { HalError } from "@hal/protocol";
import { EXIT } from "../../exit-codes.ts";
import type { Run, Watched } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";
import { showList } from "../../live/show-list.ts";
import { print } from "../../output/print.ts";
import { promptCard, promptTable } from "./pages.ts";

export const listPrompts: Run<Watched> = (session, argv) =>
  showList(session, argv.watch, {
    asked: { operation: "prompts.list", input: inputOf("prompts.list", argv, session.terminal.now()) },
    title: "prompts",
    read: async (options) => {
      const filter = inputOf("prompts.list", argv, session.terminal.now());
      return (await session.client.call("prompts.list", filter, options)).output;
    },
    render: promptTable,
    concerns: /^(prompt|session|interaction|node)\./,
  });

/** The new text as words, or on standard input. */
export const editPrompt: Run<{ readonly id: string; readonly text: readonly string[] }> = async (session, argv) => {
  const { client, terminal } = session;
  const text = argv.text.length > 0 ? argv.text.join(" ") : ((await terminal.readInput())?.trim() ?? "");
  if (text === "")
    throw new HalError("bad_request", "say the new text: halctl prompts edit <id> <text…>, or on standard input");
  const { output } = await client.call("prompts.edit", { id: argv.id, text });
  print(session, output, promptCard, ["text"]);
  return EXIT.done;
};
