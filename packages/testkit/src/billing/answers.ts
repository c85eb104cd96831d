/** What is answered to one request. */
export interface BillingAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as a provider sees it. */
export interface BillingCall {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
  readonly now: number;
}

/** A wrong parameter: its name and what is wrong. */
export class WrongParameter extends Error {
  readonly parameter: string;

  constructor(parameter: string, message: string) {
    super(message);
    this.parameter = parameter;
  }
}

/** All values of a parameter that may be a list, written with or without `[]`. */
export function listOf(query: URLSearchParams, name: string): readonly string[] {
  return [...query.getAll(name), ...query.getAll(`${name}[]`)];
}

/** A whole number within bounds. */
export function wholeOf(
  query: URLSearchParams,
  name: string,
  { standard, most }: { readonly standard: number; readonly most: number },
): number {
  const text = query.get(name);
  if (text === null) return standard;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) throw new WrongParameter(name, "Input should be a positive integer");
  if (value > most) throw new WrongParameter(name, `Input should be less than or equal to ${most}`);
  return value;
}

/** Refuses groups that a report does not know. */
export function groupsOf(query: URLSearchParams, known: readonly string[]): readonly string[] {
  const groups = listOf(query, "group_by");
  const strange = groups.find((group) => !known.includes(group));
  if (strange !== undefined) throw new WrongParameter("group_by", `Input should be one of ${known.join(", ")}`);
  return groups;
}

/** Buckets of a page, and whether there are more. The token of the next page says where it begins, and of which query it is. */
export function pageOf(
  query: URLSearchParams,
  buckets: readonly number[],
  limit: number,
): { readonly starts: readonly number[]; readonly hasMore: boolean; readonly nextPage: string | null } {
  const own = new URLSearchParams([...query].filter(([name]) => name !== "page"));
  own.sort();
  const token = query.get("page");
  let from = 0;
  if (token !== null) {
    const [place, of] = Buffer.from(token.replace(/^page_/, ""), "base64url")
      .toString()
      .split("|");
    if (!/^\d+$/.test(place ?? "") || of !== own.toString())
      throw new WrongParameter("page", "Invalid page token for this query");
    from = Number(place);
  }
  const next = from + limit;
  const hasMore = next < buckets.length;
  const nextPage = hasMore ? `page_${Buffer.from(`${next}|${own.toString()}`).toString("base64url")}` : null;
  return { starts: buckets.slice(from, next), hasMore, nextPage };
}

/** Beginnings of buckets from one time to before another, on the grid of UTC. */
export function startsOf(from: number, to: number, widthMs: number): number[] {
  const starts: number[] = [];
  for (let at = Math.floor(from / widthMs) * widthMs; at < to; at += widthMs) starts.push(at);
  return starts;
}
