import assert from "node:assert/strict";
import type { Stage } from "../harness/stage.ts";

const MOST = 1_000;

/** What a supervisor shows of everything that it keeps, by what it is. */
export type Account = Readonly<Record<string, unknown>>;

/** Lists are whole, and in the order in which they are shown. */
const LISTS = {
  events: "/events?",
  sessions: "/sessions?",
  commands: "/commands?",
  interactions: "/interactions?state=all&",
  audit: "/audit?",
};

/** Takes it all down, over HTTP. */
export async function accountOf(stage: Stage): Promise<Account> {
  const account: Record<string, unknown> = { cost: await stage.api("/cost/month"), nodes: await stage.api("/nodes") };
  for (const [name, route] of Object.entries(LISTS)) {
    const rows = await stage.api<readonly object[]>(`${route}limit=${MOST}`);
    assert.ok(rows.length < MOST, `there are more ${name} than one page has`);
    // newest first: what comes later stands behind what was there
    account[name] = rows.toReversed();
  }
  const ids = (account["sessions"] as readonly { readonly id: string }[]).map(({ id }) => id);
  for (const id of ids) account[`messages of ${id}`] = await stage.messages(id);
  return account;
}

/** Words for people, which may be put better, and what moves while nobody does anything. */
const MAY_DIFFER = /\.reason$|^\.cost\.to$|^\.nodes\.\d+\.(last_heartbeat|resources)$/;

/**
 * What is not any more as it was, as `path: was, is`: each value that was there is there at its place. What was added, a field
 * or a row behind the others, is no difference.
 */
export function differences(was: unknown, is: unknown, path = ""): string[] {
  if (MAY_DIFFER.test(path) || Object.is(was, is)) return [];
  if (typeof was !== "object" || was === null || typeof is !== "object" || is === null)
    return [`${path}: ${JSON.stringify(was)}, ${JSON.stringify(is) ?? "nothing"}`];
  return Object.entries(was).flatMap(([key, value]) =>
    differences(value, (is as Readonly<Record<string, unknown>>)[key], `${path}.${key}`),
  );
}
