import { EXIT } from "../../exit-codes.ts";
import { emptyLine } from "../../live/empty-list.ts";
import { auditTable } from "./audit-table.ts";
import { print } from "../../output/print.ts";
import type { Arguments, Run } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";

export const showAudit: Run<Arguments> = async (session, argv) => {
  const input = inputOf("audit.list", argv, session.terminal.now());
  const { output } = await session.client.call("audit.list", input);
  const isEmpty = output.length === 0 && session.format !== "json";
  const line = isEmpty ? await emptyLine(session, { operation: "audit.list", input }) : undefined;
  // the newest is at the bottom, where a person looks
  print(session, output, (rows, look) => line ?? auditTable(rows.toReversed(), look));
  return EXIT.done;
};
