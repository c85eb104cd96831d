import { eq, inArray, lt, sql } from "drizzle-orm";
import { prepared } from "../../prepared.ts";
import { write, writeLater } from "../write.ts";
import { placeholders, type WriterDatabase } from "../writer-database.ts";
import { auditLogs, type AuditRow } from "./schema.ts";

/** What somebody does, before anything is known of its end. */
export type AuditEntry = Omit<AuditRow, "id">;

/** How what was begun has ended. */
export type AuditEnd = Pick<AuditRow, "result" | "reason" | "durationMs">;

const insertion = prepared(({ orm }: WriterDatabase) => {
  const { id: _, ...columns } = placeholders(auditLogs);
  return orm.insert(auditLogs).values(columns).prepare();
});

const ending = prepared(({ orm }: WriterDatabase) => {
  const { result, reason, durationMs } = placeholders(auditLogs);
  return orm
    .update(auditLogs)
    .set({ result, reason, durationMs })
    .where(eq(auditLogs.id, sql.placeholder("id")))
    .prepare();
});

/** Writes down what somebody does, or was refused; returns the place, for its end. */
export const recordAudit = writeLater("recordAudit", (db: WriterDatabase, entry: AuditEntry): number => {
  return Number(insertion(db).run(entry).lastInsertRowid);
});

/** Writes down how it ended. */
export const endAudit = writeLater("endAudit", (db: WriterDatabase, id: number, end: AuditEnd): void => {
  ending(db).run({ id, ...end });
});

/** Deletes at most so many rows from before a time, oldest first; returns how many. */
export const pruneAudit = write("pruneAudit", (db: WriterDatabase, before: string, limit: number): number => {
  const old = db.orm
    .select({ id: auditLogs.id })
    .from(auditLogs)
    .where(lt(auditLogs.timestamp, before))
    .orderBy(auditLogs.timestamp)
    .limit(limit);
  return db.orm.delete(auditLogs).where(inArray(auditLogs.id, old)).run().changes;
});
