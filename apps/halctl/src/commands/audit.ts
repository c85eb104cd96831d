import type { AuditView } from "@hal/protocol";
import { sinceTime } from "@hal/words";
import { EXIT } from "../exit-codes.ts";
import { auditTable } from "../output/keep-views.ts";
import { print } from "../output/print.ts";
import type { Run } from "./command.ts";

export interface AuditArgs {
  readonly since?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly result?: AuditView["result"] | undefined;
  readonly limit?: number | undefined;
}

export const showAudit: Run<AuditArgs> = async (session, { since, actor, action, target, result, limit }) => {
  const from = since === undefined ? undefined : sinceTime(since, session.terminal.now());
  const { output } = await session.client.call("audit.list", { since: from, actor, action, target, result, limit });
  // the newest is at the bottom, where a person looks
  print(session, output, (rows, look) => auditTable(rows.toReversed(), look));
  return EXIT.done;
};
