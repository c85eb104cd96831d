import { EXIT } from "../exit-codes.ts";
import { print } from "../output/print.ts";
import { nodeCard, nodeTable } from "../output/views.ts";
import type { Run } from "./command.ts";

export const listNodes: Run<object> = async (session) => {
  const { output } = await session.client.call("nodes.list", {});
  print(session, output, nodeTable);
  return EXIT.done;
};

export const getNode: Run<{ readonly id: string }> = async (session, { id }) => {
  const { output } = await session.client.call("nodes.get", { id });
  print(session, output, (node, { now }) => nodeCard(node, now));
  return EXIT.done;
};
