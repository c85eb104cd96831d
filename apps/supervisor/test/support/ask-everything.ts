import { type Operation, OPERATIONS, pathParameters } from "@hal/protocol";
import { expect } from "vitest";
import { NODE_ID } from "./socket.ts";
import { type Stage, TOKEN } from "./start.ts";

/** What stands in the place of each field of a path. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  ref: ["ses_a", "p1", NODE_ID],
  id: [NODE_ID],
  period: ["today", "month"],
};

/** What waits for a node is asked for as short a time as can be. */
const QUERIES: Readonly<Record<string, string>> = {
  "interactions.list": "?state=all",
  "sessions.wait": "?wait_ms=100",
  "sessions.todo": "?wait_ms=100",
  "sessions.diff": "?wait_ms=100",
};

/** Everything that can be read: each operation that only asks, and what is there without a token. */
export function everythingThatCanBeRead(): string[] {
  const queries = (Object.values(OPERATIONS) as Operation[]).filter(({ kind }) => kind === "query");
  const paths = queries.flatMap(({ name, path }) =>
    pathParameters(path)
      .reduce(
        (filled, field) =>
          filled.flatMap((one) => (PARAMETERS[field] ?? [field]).map((value) => one.replace(`{${field}}`, value))),
        [path],
      )
      .map((whole) => `/api/v1${whole}${QUERIES[name] ?? ""}`),
  );
  return [...paths, "/metrics", "/readyz", "/api/v1/health"];
}

/** Asks for all of it, and for the stream from its beginning; whatever is stored, nothing may fail. */
export async function askEverything(stage: Stage): Promise<void> {
  for (const path of everythingThatCanBeRead()) {
    const response = await stage.get(path);
    const answer = await response.text();
    // a node that is away, a reference that names two things: answers, both
    expect([
      path,
      response.status < 500 || response.status === 503 || response.status === 504,
      answer.slice(0, 200),
    ]).toEqual([path, true, expect.anything()]);
  }
  expect(stage.lines.filter(tellsOfFailure)).toEqual([]);
}

/** What a line of the log quotes may speak of failures of others. */
function tellsOfFailure(line: string): boolean {
  const { msg, error } = JSON.parse(line) as { readonly msg: string; readonly error?: unknown };
  return error !== undefined || /failed|could not/.test(msg);
}

/** The events of the log from its beginning, as a follower gets them, up to the newest. */
export async function followAll(
  stage: Stage,
  after: string,
  count: number,
): Promise<{ type: string; data: unknown }[]> {
  const leave = new AbortController();
  const response = await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}/api/v1/events/stream?after=${after}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
    signal: leave.signal,
  });
  const found: { type: string; data: unknown }[] = [];
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of response.body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(piece, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (data !== undefined) found.push(JSON.parse(data));
    }
    if (found.length >= count) break;
  }
  leave.abort();
  return found;
}
