import { wantsReason } from "@hal/words";
import { paint } from "./paint.ts";
import type { Look } from "./look.ts";
import { wrap } from "./wrap.ts";

/** So many are told; the others have `halctl why`. */
const MOST = 8;

/** A row whose status wants a reason. */
export interface Reasoned {
  readonly id: string;
  readonly status: string;
  readonly reason: string;
}

/** Rows whose reasons are told below the table, where a terminal has no room for them in it. */
export function toldBelow<T extends Pick<Reasoned, "status">>(
  rows: readonly T[],
  { wide, columns }: Look,
): readonly T[] {
  if (wide || columns === undefined) return [];
  return rows.filter(({ status }) => wantsReason(status)).slice(0, MOST);
}

/** The reasons for which a terminal has no column, below its table, for whatever is not as it should be. */
export function reasonsBelow(rows: readonly Reasoned[], { wide, columns }: Look): string {
  if (wide || columns === undefined) return "";
  const told = rows.filter(({ status }) => wantsReason(status));
  if (told.length === 0) return "";
  const lines = told.slice(0, MOST).map(({ id, reason }) => {
    const indent = " ".repeat(id.length + 2);
    const text = wrap(reason.replaceAll(/\s+/g, " "), Math.max(20, columns - indent.length));
    return `${id}  ${text.replaceAll("\n", `\n${indent}`)}\n`;
  });
  const more = told.length > MOST ? paint("faint", `and ${told.length - MOST} more; -o wide has them all\n`) : "";
  return `\n${lines.join("")}${more}`;
}

/** A reason is told once: in its column, or below. */
export function reasonIn<T extends { readonly reason: string }>(row: T | undefined, elsewhere: ReadonlySet<T>): string {
  return row === undefined || elsewhere.has(row) ? "" : row.reason;
}
