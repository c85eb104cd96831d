import { EXIT } from "../../exit-codes.ts";
import type { Arguments, Run, Watched } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";
import { showList } from "../../live/show-list.ts";
import { print } from "../../output/print.ts";
import { noticeTable, targetTable, testPage } from "./pages.ts";

export const listChannels: Run<Watched> = (session, argv) =>
  showList(session, argv.watch, {
    asked: { operation: "channels.list", input: inputOf("channels.list", argv, session.terminal.now()) },
    title: "channels",
    read: async (options) => (await session.client.call("channels.list", {}, options)).output,
    render: targetTable,
    concerns: /^channel\./,
  });

export const listNotices: Run<Watched> = (session, argv) =>
  showList(session, argv.watch, {
    asked: { operation: "notices.list", input: inputOf("notices.list", argv, session.terminal.now()) },
    title: "notices",
    read: async (options) => {
      const filter = inputOf("notices.list", argv, session.terminal.now());
      return (await session.client.call("notices.list", filter, options)).output;
    },
    render: noticeTable,
    concerns: /./,
  });

/** A test that does not arrive has failed. */
export const testChannel: Run<Arguments> = async (session, argv) => {
  const input = inputOf("channels.test", argv, session.terminal.now());
  const { output } = await session.client.call("channels.test", input);
  print(session, output, testPage);
  return output.sent ? EXIT.done : EXIT.failed;
};
