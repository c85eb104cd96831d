import type { EventView, SessionView } from "@hal/protocol";
import type { Stage } from "../harness/stage.ts";
import { rawCharacterIn } from "./raw-bytes.ts";
import { inTerminal } from "./terminal.ts";

const ANSWER_MS = 30_000;
/** Of each kind of thing so many are asked for one by one. */
const SAMPLES = 15;

/** Of the runs of halctl, a brief look takes one of so many. */
const BRIEF = 7;

/** Everything that is wrong with a fleet after somebody hostile was at it: each read, stream, metric and stop must answer. */
export async function whatIsUnsound(stage: Stage): Promise<string[]> {
  const problems: string[] = [];
  const ask = async (route: string, init: RequestInit = {}): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${stage.ports.http}${route}`, {
      ...init,
      headers: { authorization: `Bearer ${stage.token}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(ANSWER_MS),
    }).catch((error: unknown) => (error as Error).message);
    if (typeof response === "string") {
      problems.push(`${route}: ${response}`);
      return undefined;
    }
    const body = await response.text();
    if (response.status === 500) problems.push(`${route}: 500 ${body.slice(0, 300)}`);
    return response.ok && body.startsWith("{") ? (JSON.parse(body) as { data?: unknown }).data : undefined;
  };
  const idsIn = (list: unknown): string[] =>
    Array.isArray(list) ? (list as { id: string }[]).map(({ id }) => id) : [];
  const read = (route: string): Promise<unknown> => ask(`/api/v1${route}`);

  for (const route of ["/metrics", "/healthz", "/readyz", "/api/v1/openapi.json"]) await ask(route);
  for (const route of [
    "/status",
    "/cost/today",
    "/cost/week",
    "/cost/month",
    "/audit?limit=1000",
    "/tokens",
    "/whoami",
    "/db/status",
  ])
    await read(route);
  await read("/events?limit=1000");
  const nodes = idsIn(await read("/nodes?limit=1000"));
  const sessions = idsIn(await read("/sessions?limit=1000"));
  const questions = idsIn(await read("/interactions?state=all&limit=1000"));
  const commands = idsIn(await read("/commands?limit=1000"));
  const some = (ids: readonly string[]): string[] => ids.slice(0, SAMPLES).map(encodeURIComponent);
  for (const id of some(nodes))
    for (const route of [`/nodes/${id}`, `/why/${id}`, `/sessions?node_id=${id}`]) await read(route);
  for (const id of some(sessions))
    for (const route of [
      `/sessions/${id}`,
      `/sessions/${id}/messages?limit=1000`,
      `/why/${id}`,
      `/events?session_id=${id}`,
    ])
      await read(route);
  for (const id of some(questions)) await read(`/interactions/${id}`);
  for (const id of some(commands)) await read(`/commands/${id}`);
  problems.push(...(await followsEverything(stage)));
  await ask("/api/v1/sessions/stop-all", { method: "POST", body: JSON.stringify({ wait_ms: 2_000 }) });
  return problems;
}

/** The whole log is read as a stream, from its first event to the one that is the last now. */
async function followsEverything(stage: Stage): Promise<string[]> {
  const [newest] = await stage.api<EventView[]>("/events?limit=1");
  if (newest === undefined) return [];
  const life = newest.cursor.replace(/:.*$/, "");
  const reading = new AbortController();
  try {
    const response = await fetch(`http://127.0.0.1:${stage.ports.http}/api/v1/events/stream?after=${life}:0`, {
      headers: { authorization: `Bearer ${stage.token}` },
      signal: AbortSignal.any([reading.signal, AbortSignal.timeout(4 * ANSWER_MS)]),
    });
    if (!response.ok || response.body === null) return [`the stream is answered ${response.status}`];
    let rest = "";
    let last = 0;
    const decoder = new TextDecoder();
    for await (const bytes of response.body) {
      const blocks = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const data = block.split("\n").find((line) => line.startsWith("data: "));
        if (data !== undefined) last = (JSON.parse(data.slice(6)) as EventView).id;
      }
      if (last >= newest.id) return [];
    }
    return [`the stream ended at event ${last}, before ${newest.id}`];
  } catch (error) {
    return [`the stream: ${(error as Error).message}`];
  } finally {
    reading.abort();
  }
}

/** What steers a terminal although it comes from somebody else: in what halctl shows a person, and in the programs' logs. */
export async function whatSteersTerminals(stage: Stage, isBrief: boolean): Promise<string[]> {
  const sessions = await stage.api<SessionView[]>("/sessions?limit=1000");
  const runs: string[][] = [
    ["status"],
    ["nodes", "list"],
    ["sessions", "list"],
    ["interactions", "list", "--all"],
    ["commands", "list"],
    ["events", "--since", "1h"],
    ["audit", "--since", "1h"],
    ["cost", "today"],
    ["doctor"],
    // one id may be on several nodes
    ...sessions
      .slice(0, 3)
      .map(({ node_id: node, id }) => `${node}/${id}`)
      .flatMap((ref) => [
        ["why", ref],
        ["sessions", "get", ref],
        ["sessions", "logs", ref],
      ]),
  ];
  const wanted = runs
    .flatMap((args) => ["table", "wide", "json"].map((format) => [...args, "--format", format]))
    .filter((_, index) => !isBrief || index % BRIEF === 0);
  const problems: string[] = [];
  const next = wanted.values();
  // several people at once, each with a terminal
  await Promise.all([1, 2, 3].map(() => look()));
  async function look(): Promise<void> {
    for (const args of next) problems.push(...(await whatIsWrongWith(stage, args)));
  }
  for (const { label, log } of stage.runs) {
    const raw = rawCharacterIn(log);
    if (raw !== undefined) problems.push(`the log of ${label}: ${raw}`);
  }
  return problems;
}

async function whatIsWrongWith(stage: Stage, args: readonly string[]): Promise<string[]> {
  const what = `halctl ${args.join(" ")}`;
  const { text, code } = await inTerminal(stage, ...args).catch((error: unknown) => ({
    text: (error as Error).message,
    code: null,
  }));
  const raw = rawCharacterIn(text);
  // doctor finds something to mend; everything else has something to show
  const fits = code === 0 || (args[0] === "doctor" && code === 1);
  const isBroken = !fits || / {4}at .*\.js:\d+/.test(text);
  return [
    ...(raw === undefined ? [] : [`${what}: ${raw}`]),
    ...(isBroken ? [`${what} ends with ${code}: ${text.slice(-300)}`] : []),
  ];
}
