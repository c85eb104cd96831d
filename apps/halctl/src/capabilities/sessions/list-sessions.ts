import type { Run, Watched } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";
import { showList } from "../../live/show-list.ts";
import { sessionTable } from "./pages.ts";

export const listSessions: Run<Watched> = (session, argv) =>
  showList(session, argv.watch, {
    asked: { operation: "sessions.list", input: inputOf("sessions.list", argv, session.terminal.now()) },
    title: "sessions",
    read: async (options) => {
      const filter = inputOf("sessions.list", argv, session.terminal.now());
      return (await session.client.call("sessions.list", filter, options)).output;
    },
    render: sessionTable,
    concerns: /^(session|interaction|node|opencode)\./,
  });
