import { execFileSync } from "node:child_process";
import type { SessionView, StopAllView } from "@hal/protocol";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { askEverything } from "../support/ask-everything.ts";
import { connected, event, events, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const IDS = ["ses_a", "ses_b", "ses_c", "ses_d", "ses_e"] as const;
const costOf = (id: string): number => 10 ** IDS.indexOf(id as (typeof IDS)[number]);

/** Of each session: nobody, another one, itself, or one that nobody has heard of. */
type Parents = Readonly<Record<string, string | null>>;
const anyParents: fc.Arbitrary<Parents> = fc.record(
  Object.fromEntries(IDS.map((id) => [id, fc.constantFrom(...IDS, "ses_unheard", null)])),
);

let stage: Stage;
let agent: Peer;

beforeAll(async () => {
  stage = await startStage();
  agent = await connected(stage);
  const told = IDS.flatMap((session) => [
    ["session.started", { title: "t", createdAt: 1, updatedAt: 1, costMicroUsd: costOf(session) }, session] as const,
    ["session.busy", {}, session] as const,
  ]);
  agent.send(events(...told.map(([type, data, session], index) => event(index + 1, type, data, { session }))));
  while ((await agent.next("ack"))["seq"] !== told.length);
});
afterAll(() => stage[Symbol.asyncDispose]());

/** As a supervisor stored them that refused no ring, from a process of its own: this one would lose its locks. */
function store(parents: Parents): void {
  const script = `const [file, parents] = JSON.parse(require("fs").readFileSync(0, "utf8"));
    const database = new (require("node:sqlite").DatabaseSync)(file, { timeout: 5000 });
    const set = database.prepare("update sessions set parent_id = ? where id = ?");
    for (const [id, parent] of Object.entries(parents)) set.run(parent, id)`;
  execFileSync(process.execPath, ["-e", script], { input: JSON.stringify([stage.database, parents]) });
}

/** A session and everything below it, each once. */
function treeOf(root: string, parents: Parents): ReadonlySet<string> {
  const tree = new Set([root]);
  for (;;) {
    const more = IDS.filter((id) => !tree.has(id) && tree.has(parents[id] ?? ""));
    if (more.length === 0) return tree;
    for (const id of more) tree.add(id);
  }
}

const sum = (ids: Iterable<string>): number => [...ids].reduce((total, id) => total + costOf(id), 0);

async function read<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}

// I18
it(
  "every read, view, stop and cost answers, whatever sessions name as their parents",
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(anyParents, async (parents) => {
        store(parents);
        await askEverything(stage);
        const rows = await read<SessionView[]>("/sessions");
        const told = Object.fromEntries(rows.map((row) => [row.id, [row.parent_id, Math.round(row.tree_cost * 1e6)]]));
        expect(told).toEqual(Object.fromEntries(IDS.map((id) => [id, [parents[id], sum(treeOf(id, parents))]])));
        expect(Math.round((await read<{ cost: number }>("/status")).cost * 1e6)).toBe(sum(IDS));
        const stopped = await stage.send("POST", "/api/v1/sessions/stop-all", { wait_ms: 0 });
        const { sessions } = ((await stopped.json()) as { data: StopAllView }).data;
        expect(sessions.map(({ session_id: id }) => id).toSorted()).toEqual(IDS);
      }),
      {
        numRuns: 6,
        examples: [
          [Object.fromEntries(IDS.map((id) => [id, id]))],
          [Object.fromEntries(IDS.map((id, at) => [id, IDS[(at + 1) % IDS.length] ?? null]))],
        ],
      },
    );
  },
);
