import type { Run, Watched } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";
import { showList } from "../../live/show-list.ts";
import { arrivalTable } from "./pages.ts";

export const listIncoming: Run<Watched> = (session, argv) =>
  showList(session, argv.watch, {
    asked: { operation: "incoming.list", input: inputOf("incoming.list", argv, session.terminal.now()) },
    title: "incoming",
    read: async (options) => {
      const filter = inputOf("incoming.list", argv, session.terminal.now());
      return (await session.client.call("incoming.list", filter, options)).output;
    },
    render: arrivalTable,
    concerns: /^(session|command|node|hold)\./,
  });
