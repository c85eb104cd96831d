import { HalError } from "@hal/protocol";

/** The last row of a page, by what a list is sorted by: the next page begins behind it. */
export interface PagePlace {
  readonly at: number;
  readonly nodeId: string;
  readonly id: string;
}

/** A place as callers hand it back. */
export function formatPlace({ at, nodeId, id }: PagePlace): string {
  return `${at}~${nodeId}~${id}`;
}

/** The place that a caller brought; undefined for the first page. */
export function parsePlace(cursor: string | undefined): PagePlace | undefined {
  if (cursor === undefined) return undefined;
  const match = /^(\d{1,16})~([^~]*)~(.+)$/s.exec(cursor);
  if (match === null) throw notACursor(cursor);
  return { at: Number(match[1]), nodeId: match[2] ?? "", id: match[3] ?? "" };
}

/** The row that a caller brought, in a list that is sorted by numbers; undefined for the first page. */
export function parseRowPlace(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (!/^\d{1,16}$/.test(cursor)) throw notACursor(cursor);
  return Number(cursor);
}

function notACursor(cursor: string): HalError {
  return new HalError(
    "bad_request",
    `not a cursor of this list: ${cursor.slice(0, 80)}; use meta.next of a page before`,
  );
}
