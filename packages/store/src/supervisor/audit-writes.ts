import { eq, inArray, lt } from "drizzle-orm";
import type { AuditRow } from "./rows.ts";
import { auditLogs } from "./schema.ts";
import type { WriterDatabase } from "./writer-database.ts";

/** What somebody does, before anything is known of its end. */
export type AuditEntry = Omit<AuditRow, "id">;

/** How what was begun has ended. */
export type AuditEnd = Pick<AuditRow, "result" | "reason" | "durationMs">;

/** Writes down what somebody does, or was refused; returns the place, for its end. */
export function noteAudit(db: WriterDatabase, entry: AuditEntry): number {
  return Number(db.orm.insert(auditLogs).values(entry).run().lastInsertRowid);
}

/** Writes down how it ended. */
export function endAudit(db: WriterDatabase, id: number, end: AuditEnd): void {
  db.orm.update(auditLogs).set(end).where(eq(auditLogs.id, id)).run();
}

/** Deletes at most so many rows from before a time, oldest first; returns how many. */
export function pruneAudit(db: WriterDatabase, before: string, limit: number): number {
  const old = db.orm
    .select({ id: auditLogs.id })
    .from(auditLogs)
    .where(lt(auditLogs.timestamp, before))
    .orderBy(auditLogs.timestamp)
    .limit(limit);
  return db.orm.delete(auditLogs).where(inArray(auditLogs.id, old)).run().changes;
}
