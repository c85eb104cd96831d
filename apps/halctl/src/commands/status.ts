import { EXIT } from "../exit-codes.ts";
import { print } from "../output/print.ts";
import { statusPage } from "../output/views.ts";
import type { Run } from "./command.ts";

export const showStatus: Run<object> = async (session) => {
  const { output: status } = await session.client.call("status.get", {});
  const { output: open } = await session.client.call("interactions.list", { state: "open", limit: 10 });
  print(session, status, (page, look) => statusPage(page, open, look));
  return EXIT.done;
};
