import type { Run, Watched } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";
import { showList } from "../../live/show-list.ts";
import { inboxPage } from "./pages.ts";

export const showInbox: Run<Watched & { readonly project?: string | undefined }> = (session, argv) =>
  showList(session, argv.watch, {
    title: "inbox",
    read: async (options) => {
      const filter = inputOf("inbox.list", argv, session.terminal.now());
      return (await session.client.call("inbox.list", filter, options)).output;
    },
    render: (view, look) => inboxPage(view, look, argv.project),
    rows: ({ items }) => items,
    concerns: /^(session|interaction|prompt|policy|command|hold|node|opencode)\./,
  });
