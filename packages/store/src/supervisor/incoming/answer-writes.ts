import { and, eq } from "drizzle-orm";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { arrivals } from "./schema.ts";

/** Keeps what a session answered to an arrival, once. */
export const recordAnswer = write(
  "recordAnswer",
  (
    db: WriterDatabase,
    id: string,
    { text, isGood, now }: { readonly text: string; readonly isGood: boolean; readonly now: number },
  ): boolean =>
    db.orm
      .update(arrivals)
      .set({ answer: "due", answerText: text, answerGood: isGood, answerDueAt: now })
      .where(and(eq(arrivals.id, id), eq(arrivals.answer, "awaited")))
      .run().changes > 0,
);

/** No answer comes any more, and why. */
export const dropAnswer = write("dropAnswer", (db: WriterDatabase, id: string, reason: string): void => {
  db.orm
    .update(arrivals)
    .set({ answer: "none", answerReason: reason })
    .where(and(eq(arrivals.id, id), eq(arrivals.answer, "awaited")))
    .run();
});

/** An answer is about to be written: whatever dies now, it is looked for before it is written again. */
export const recordAnswerTry = write("recordAnswerTry", (db: WriterDatabase, id: string, tries: number): void => {
  db.orm
    .update(arrivals)
    .set({ answerTries: tries })
    .where(and(eq(arrivals.id, id), eq(arrivals.answer, "due")))
    .run();
});

/** What came of writing an answer. */
export type AnswerEnd =
  | { readonly kind: "written"; readonly reason: string }
  | { readonly kind: "stopped"; readonly reason: string }
  | { readonly kind: "again"; readonly reason: string; readonly dueAt: number };

/** Keeps what came of writing an answer. */
export const recordAnswerEnd = write("recordAnswerEnd", (db: WriterDatabase, id: string, end: AnswerEnd): void => {
  const set =
    end.kind === "again"
      ? { answerReason: end.reason, answerDueAt: end.dueAt }
      : { answer: end.kind, answerReason: end.reason };
  db.orm
    .update(arrivals)
    .set(set)
    .where(and(eq(arrivals.id, id), eq(arrivals.answer, "due")))
    .run();
});
