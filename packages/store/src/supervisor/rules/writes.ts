import { count, eq } from "drizzle-orm";
import { type IdempotencyKey, keyStandsFor, saveKey } from "../idempotency/keys.ts";
import { write } from "../write.ts";
import type { WriterDatabase } from "../writer-database.ts";
import { type RuleRow, rules } from "./schema.ts";

/** A rule that was set just now, or earlier by the same request; or why there is none. */
export type RuleAdded =
  | { readonly kind: "new" | "known"; readonly rule: RuleRow }
  /** the key stands for another request, or its rule was removed meanwhile */
  | { readonly kind: "conflict" }
  | { readonly kind: "full" };

/** Sets a rule, once per idempotency key, where there are fewer than `most`. */
export const addRule = write(
  "addRule",
  (db: WriterDatabase, rule: RuleRow, most: number, idempotency: IdempotencyKey | undefined): RuleAdded => {
    const known = idempotency === undefined ? undefined : keyStandsFor(db, idempotency);
    if (known === "other") return { kind: "conflict" };
    if (known !== undefined) {
      const earlier = db.orm.select().from(rules).where(eq(rules.id, known.made)).get();
      return earlier === undefined ? { kind: "conflict" } : { kind: "known", rule: earlier };
    }
    if ((db.orm.select({ n: count() }).from(rules).get()?.n ?? 0) >= most) return { kind: "full" };
    if (idempotency !== undefined) saveKey(db, idempotency, { made: rule.id, now: rule.createdAt });
    db.orm.insert(rules).values(rule).run();
    return { kind: "new", rule };
  },
);

/** Takes a rule away and returns what it was; undefined where there is none. */
export const removeRule = write("removeRule", (db: WriterDatabase, id: string): RuleRow | undefined =>
  db.orm.delete(rules).where(eq(rules.id, id)).returning().get(),
);
