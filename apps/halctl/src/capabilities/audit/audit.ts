import { EXIT } from "../../exit-codes.ts";
import { auditTable } from "./audit-table.ts";
import { print } from "../../output/print.ts";
import type { Arguments, Run } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";

export const showAudit: Run<Arguments> = async (session, argv) => {
  const { output } = await session.client.call("audit.list", inputOf("audit.list", argv, session.terminal.now()));
  // the newest is at the bottom, where a person looks
  print(session, output, (rows, look) => auditTable(rows.toReversed(), look));
  return EXIT.done;
};
