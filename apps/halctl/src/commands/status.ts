import { EXIT } from "../exit-codes.ts";
import { lookOf, print } from "../output/print.ts";
import { statusPage } from "../output/views.ts";
import type { Run } from "./command.ts";

export const showStatus: Run<object> = async (session) => {
  const { output: status } = await session.client.call("status.get", {});
  if (session.format === "json") {
    print(session, status, () => "");
    return EXIT.done;
  }
  const { output: open } = await session.client.call("interactions.list", { state: "open", limit: 10 });
  session.terminal.out.write(statusPage(status, open, lookOf(session)));
  return EXIT.done;
};
