import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { Lives } from "./lives.ts";
import { Witness } from "./witness.ts";
import type { World } from "./world.ts";

/** A supervisor that says to a follower what a test wants, one connection after the other. */
let server: Server;
let folder: string;
let world: World;
/** each answers one connection; the last one answers all further ones, too */
let answers: ((response: ServerResponse) => void)[];
let resumed: (string | undefined)[];
let logId: string;
let newest: string;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "hal witness "));
  [answers, resumed, logId, newest] = [[], [], "life-1", "life-1:3"];
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://localhost");
    if (pathname === "/api/v1/status") response.end(JSON.stringify({ data: { log_id: logId } }));
    else if (pathname === "/api/v1/events") response.end(JSON.stringify({ data: [{ cursor: newest }] }));
    else {
      resumed.push(request.headers["last-event-id"] as string | undefined);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      answer?.(response);
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const supervisorDatabase = path.join(folder, "supervisor.db");
  const database = new DatabaseSync(supervisorDatabase);
  database.exec("create table events (id integer primary key, type text)");
  for (const id of [1, 2, 3]) database.prepare("insert into events values (?, 'session.idle')").run(id);
  database.close();
  const api = async (route: string): Promise<unknown> =>
    ((await (await fetch(`http://127.0.0.1:${port}/api/v1${route}`)).json()) as { data: unknown }).data;
  world = { supervisorDatabase, stage: { ports: { http: port }, token: "token", api } } as unknown as World;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const event = (life: string, id: number, at = "noon"): string =>
  `id: ${life}:${id}\ndata: ${JSON.stringify({ cursor: `${life}:${id}`, id, type: "session.idle", node_id: "n", session_id: "s", received_at: at })}\n\n`;
const says =
  (...events: string[]) =>
  (response: ServerResponse): void => {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    for (const one of events) response.write(one);
  };
const endsAfter =
  (...events: string[]) =>
  (response: ServerResponse): void => {
    says(...events)(response);
    response.end();
  };
const refuses = (response: ServerResponse): void => {
  response.writeHead(410).end();
};

/** Waits until so many connections were made, and what they said was read. */
const connected = (count: number): Promise<void> =>
  eventually(() => {
    if (resumed.length < count) throw new Error(`${resumed.length} connections`);
  });

test("a follower that was told of everything, cut in the middle, has nothing to say", async () => {
  answers = [endsAfter(event("life-1", 1), event("life-1", 2)), endsAfter(event("life-1", 3)), says()];
  await using witness = new Witness(world);
  await connected(3);
  expect(resumed).toEqual([undefined, "life-1:2", "life-1:3"]);
  expect([witness.missed(), witness.take()]).toEqual([[], []]);
});

test("an event that it was not told of is lost", async () => {
  answers = [endsAfter(event("life-1", 1), event("life-1", 3)), says()];
  await using witness = new Witness(world);
  await connected(2);
  expect(witness.missed()).toEqual([{ kind: "lost", text: "a follower was not told of event 2 (session.idle)" }]);
});

test("one cursor that names two events is a life that came back", async () => {
  answers = [endsAfter(event("life-1", 1)), refuses, endsAfter(event("life-1", 1, "midnight")), says()];
  await using witness = new Witness(world);
  await connected(4);
  expect(witness.begun).toBe(1);
  expect(witness.take()).toEqual([
    { kind: "life", text: "the cursor life-1:1 names session.idle n s noon and session.idle n s midnight" },
  ]);
});

test("a stream that goes on in another life says so, or is wrong", async () => {
  answers = [endsAfter(event("life-1", 1), event("life-2", 2)), says()];
  await using witness = new Witness(world);
  await connected(2);
  expect(witness.take()).toEqual([{ kind: "life", text: "a stream went on from life-1 to life-2 without a word" }]);
});

test("an event that is told behind a later one is out of order", async () => {
  answers = [endsAfter(event("life-1", 2), event("life-1", 1)), says()];
  await using witness = new Witness(world);
  await connected(2);
  expect(witness.take().map(({ kind }) => kind)).toEqual(["order"]);
});

test("a log id that comes back is found, and so is a cursor of an ended life that is taken", async () => {
  const lives = new Lives(world);
  await lives.end();
  await lives.begin();
  expect(lives.take()).toEqual([{ kind: "life", text: "the log id life-1 came back with a restored database" }]);
  answers = [says()];
  expect((await lives.accepted()).map(({ kind }) => kind)).toEqual(["life"]);
  answers = [refuses];
  logId = "life-2";
  await lives.begin();
  expect([lives.take(), await lives.accepted()]).toEqual([[], []]);
});
