import { print } from "../output/print.ts";
import type { Look } from "../output/look.ts";
import type { Session } from "../session.ts";
import { EXIT } from "../exit-codes.ts";
import { type AskedList, emptyLine, keepsHeader } from "./empty-list.ts";
import { watchList } from "./watch-list.ts";

/** Something that is shown once, or again whenever it changes. */
export interface List<T> {
  /** what it is called on the screen */
  readonly title: string;
  read(options: { readonly signal: AbortSignal }): Promise<T>;
  render(data: T, look: Look): string;
  /** what programs get; the data where nothing else is said */
  json?(data: T): unknown;
  /** what programs that follow it get a line each of; what programs get where nothing else is said */
  rows?(data: T): readonly unknown[];
  /** by what it was asked for, so that an empty one says which kind of empty it is */
  readonly asked?: AskedList;
  /** types of events that may change it */
  readonly concerns: RegExp;
}

/** Prints a list once, or goes on with it until Ctrl-C. */
export async function showList<T>(session: Session, watch: boolean, shownList: List<T>): Promise<number> {
  const list = sayingEmpty(session, shownList);
  if (watch) await watchList(session, list);
  else {
    const data = await list.read({ signal: session.terminal.interrupted });
    if (session.format === "json") print(session, list.json === undefined ? data : list.json(data), () => "");
    else print(session, data, (shown, look) => list.render(shown, look));
  }
  return EXIT.done;
}

/** The list, with a line in the place of rows that are not there. */
function sayingEmpty<T>(session: Session, list: List<T>): List<T> {
  const { asked } = list;
  if (asked === undefined || session.format === "json") return list;
  let line = "";
  return {
    ...list,
    async read(options) {
      const data = await list.read(options);
      line = isEmpty(data) ? await emptyLine(session, asked, options) : "";
      return data;
    },
    render: (data, look) =>
      isEmpty(data) ? `${keepsHeader(asked) ? list.render(data, look) : ""}${line}` : list.render(data, look),
  };
}

function isEmpty(data: unknown): boolean {
  return Array.isArray(data) && data.length === 0;
}
