import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FOLLOWER_NAMES } from "../../src/log/domain/lag.ts";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage, TOKEN } from "../support/start.ts";

let stage: Stage;
/** of this process, too: what closes a file in it takes the locks of all */
let meddler: DatabaseSync | undefined;
beforeAll(async () => {
  stage = await startStage({ heartbeat_interval_sec: 30 });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  meddler?.close();
});

/** One scrape: each sample by its name and labels. */
async function scrape(from: Stage = stage): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`http://127.0.0.1:${from.supervisor.httpPort}/metrics`)).text();
  const samples = [...text.matchAll(/^([a-z0-9_]+(?:\{[^}]*\})?) (\S+)$/gm)];
  return Object.fromEntries(samples.map(([, name, value]) => [name, Number(value)]));
}

const name = (family: string): string => `hal_o_swarm_${family}`;

/** How much samples grew while something was done. */
async function growth(families: readonly string[], work: () => Promise<void>): Promise<Record<string, number>> {
  const before = await scrape();
  await work();
  const after = await scrape();
  return Object.fromEntries(
    families.map((family) => {
      expect(before, "there from the first scrape on").toHaveProperty([name(family)]);
      return [family, (after[name(family)] ?? Number.NaN) - (before[name(family)] ?? Number.NaN)];
    }),
  );
}

/** Waits until a sample is what it should be. */
const sample = (family: string, from: Stage = stage): ReturnType<typeof expect.poll<number | undefined>> =>
  expect.poll(async () => (await scrape(from))[name(family)]);

async function greeted(
  instance: string,
  connection: number,
  secret?: string,
): Promise<{ agent: Peer; secret: string }> {
  const agent = await dial(stage.supervisor.port);
  agent.send(hello({ instance, connection, outbox: OUTBOX, ...(secret === undefined ? {} : { secret }) }));
  const welcome = await agent.next("welcome");
  return { agent, secret: (welcome["secret"] as string | undefined) ?? secret ?? "" };
}

/** of a node that has more to tell than any test here makes it tell */
const OUTBOX = { epoch: "e1", firstSeq: 1, lastSeq: 1_000, acked: 0 };

const nodes: { secret?: string; connection: number } = { connection: 0 };
async function connect(): Promise<Peer> {
  nodes.connection += 1;
  const { agent, secret } = await greeted("run-1", nodes.connection, nodes.secret);
  nodes.secret = secret;
  return agent;
}

describe("the table of docs/metrics.md", () => {
  it("names exactly the families that are served, with the type of each, and each says what it is", async () => {
    const text = await (await stage.get("/metrics")).text();
    const served = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, family, type]) => `${family} ${type}`);
    const page = await readFile(new URL("../../../../docs/metrics.md", import.meta.url), "utf8");
    const documented = [...page.matchAll(/^\| `(\w+)(?:\{[\w, ]+\})?` \| (counter|gauge|histogram|summary) \|/gm)].map(
      ([, family, type]) => `${family} ${type}`,
    );
    expect(documented.toSorted()).toEqual(served.toSorted());
    expect(new Set(documented).size).toBe(documented.length);
    // the page says what each of them does
    const followers = /named_follower_lag_events\{name\}` .*/.exec(page)?.[0] ?? "";
    for (const follower of FOLLOWER_NAMES) expect(followers).toMatch(new RegExp(`\\b${follower} \\(`));
    for (const [, family, help] of text.matchAll(/^# HELP (\S+) ?(.*)$/gm))
      expect([family, (help ?? "").length > 15]).toEqual([family, true]);
  });

  it("breaks none of the rules that promtool checks", async () => {
    const text = await (await stage.get("/metrics")).text();
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, family, type]) => [family, type]));
    const helps = new Map([...text.matchAll(/^# HELP (\S+) (.+)$/gm)].map(([, family, help]) => [family, help]));
    const wrong: string[] = [];
    for (const [family = "", type] of types) {
      const words = family.split("_");
      const says = (problem: string): number => wrong.push(`${family}: ${problem}`);
      if (!helps.has(family)) says("no help text");
      if ((type === "counter") !== family.endsWith("_total")) says("counters end in _total, and nothing else does");
      if (/_(?:bucket|count|sum)$/.test(family)) says("the suffix of a histogram's series");
      if (/[A-Z:]/.test(family)) says("camel case, or a colon");
      if (words.some((word) => word === type)) says("its type in its name");
      for (const unit of words)
        if (
          /^(?:s|sec|ms|us|ns|m|minutes|hours|hr|h|days|d|b|kb|mb|gb|percent|milliseconds|kilobytes|megabytes)$/.test(
            unit,
          )
        )
          says(`${unit} is no base unit`);
    }
    for (const [, family, labels = ""] of text.matchAll(/^(\w+)\{([^}]*)\} /gm))
      for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) {
        if (/[A-Z]/.test(label)) wrong.push(`${family}: the label ${label} in camel case`);
        if (label === "le" && !family?.endsWith("_bucket")) wrong.push(`${family}: the label le without a histogram`);
      }
    expect(types.size).toBeGreaterThan(30);
    expect(wrong).toEqual([]);
  });

  it("names the labels of each family that has some", async () => {
    const text = await (await stage.get("/metrics")).text();
    const labels = new Map<string, Set<string>>();
    for (const [, family, list] of text.matchAll(/^(hal_o_swarm_[a-z0-9_]+?)(?:_bucket)?\{([^}]*)\} /gm)) {
      const of = labels.get(family as string) ?? new Set();
      for (const [, label] of (list as string).matchAll(/(\w+)="/g)) if (label !== "le") of.add(label as string);
      labels.set(family as string, of);
    }
    const page = await readFile(new URL("../../../../docs/metrics.md", import.meta.url), "utf8");
    const documented = new Map(
      [...page.matchAll(/^\| `(\w+)(?:\{([\w, ]+)\})?` \|/gm)].map(([, family, list]) => [
        family,
        (list ?? "").split(/, */).filter((label) => label !== ""),
      ]),
    );
    for (const [family, of] of labels) {
      if (of.size === 0 || /_(sum|count)$/.test(family)) continue;
      expect([family, documented.get(family)?.toSorted()]).toEqual([family, [...of].toSorted()]);
    }
  });
});

describe("what moves in /metrics", () => {
  it("is the link: frames, bytes, acknowledgements, silence, and why it ended", async () => {
    const grown = await growth(
      [
        "links_opened_total",
        'links_closed_total{reason="lost"}',
        'links_closed_total{reason="stopped"}',
        'links_closed_total{reason="refused"}',
        'links_closed_total{reason="hole"}',
        'links_closed_total{reason="protocol"}',
        'link_frames_received_total{type="hello"}',
        'link_frames_received_total{type="events"}',
        'link_frames_received_total{type="other"}',
        'link_frames_sent_total{type="ack"}',
        'link_frames_sent_total{type="welcome"}',
        "frames_ignored_total",
        "acknowledgement_duration_seconds_count",
        "event_holes_total",
      ],
      async () => {
        const agent = await connect();
        agent.send(events(event(1, "session.busy")));
        await agent.next("ack");
        agent.send({ type: "from_the_future" });
        await sample("connections_active").toBe(1);
        await sample('nodes{status="online"}').toBe(1);
        await sample("link_silence_seconds").toBeGreaterThan(0);
        agent.send({ type: "bye", reason: "stopped" });
        agent.close();
        await agent.closed;
        await sample('nodes{status="offline"}').toBe(1);
        const odd = await connect();
        odd.raw(Buffer.alloc(1));
        expect((await odd.closed).code).toBe(4000);
        const holed = await connect();
        holed.send(events(event(9, "session.busy")));
        expect((await holed.closed).code).toBe(4005);
        const stranger = await dial(stage.supervisor.port);
        stranger.send(hello({ secret: "not the secret of this node" }));
        expect((await stranger.closed).code).toBe(4004);
        await sample("connections_active").toBe(0);
      },
    );
    expect(grown).toEqual({
      links_opened_total: 4,
      'links_closed_total{reason="lost"}': 0,
      'links_closed_total{reason="stopped"}': 1,
      'links_closed_total{reason="refused"}': 1,
      'links_closed_total{reason="hole"}': 1,
      'links_closed_total{reason="protocol"}': 1,
      'link_frames_received_total{type="hello"}': 4,
      'link_frames_received_total{type="events"}': 2,
      'link_frames_received_total{type="other"}': 1,
      'link_frames_sent_total{type="ack"}': 1,
      'link_frames_sent_total{type="welcome"}': 3,
      frames_ignored_total: 1,
      acknowledgement_duration_seconds_count: 2,
      event_holes_total: 1,
    });
    const seen = await scrape();
    expect(seen[name("link_received_bytes_total")]).toBeGreaterThan(500);
    expect(seen[name("link_sent_bytes_total")]).toBeGreaterThan(300);
  });

  it("is a link that is gone without a word", async () => {
    const grown = await growth(['links_closed_total{reason="lost"}'], async () => {
      const agent = await connect();
      agent.terminate();
      await sample("connections_active").toBe(0);
    });
    expect(grown).toEqual({ 'links_closed_total{reason="lost"}': 1 });
  });

  it("is the outbox, as nodes report it, by sums and by the fullest", async () => {
    const agent = await connect();
    const at = Date.now();
    const beat = { type: "heartbeat", at, opencode: { state: "up", since: 1 } };
    agent.send({ ...beat, outbox: { depth: 7, bytes: 900, oldestAt: at - 5_000 } });
    await sample("outbox_events").toBe(7);
    const seen = await scrape();
    expect(seen).toMatchObject({
      [name("outbox_events_max")]: 7,
      [name("outbox_bytes")]: 900,
      [name("outbox_bytes_max")]: 900,
      [name("outbox_oldest_seconds")]: 5,
    });
    agent.send({ ...beat, outbox: { depth: 0 } });
    await sample("outbox_events").toBe(0);
    await sample("outbox_oldest_seconds").toBe(0);
    agent.close();
    await sample("connections_active").toBe(0);
  });

  it("is gaps by reason, poison, and money, each of it once", async () => {
    const grown = await growth(
      [
        'gaps_total{reason="outbox_full"}',
        'gaps_total{reason="opencode"}',
        'gaps_total{reason="other"}',
        'events_total{type="gap"}',
        'events_total{type="event.invalid"}',
        "events_duplicate_total",
        "session_cost_usd_total",
      ],
      async () => {
        const agent = await connect();
        const gap = (seq: number, reason: string): object => event(seq, "gap", { reason });
        const message = (seq: number, more: object): object =>
          event(seq, "session.message", {
            messageId: "msg_1",
            role: "assistant",
            state: "complete",
            text: "done",
            createdAt: 1,
            ...more,
          });
        const all = [
          gap(2, "outbox_full"),
          gap(3, "what the sessions in /srv/secret do cannot be known: it is gone"),
          gap(4, "a_word_of_tomorrow"),
          event(5, "session.retrying", { attempt: "many" }),
          message(6, { costMicroUsd: 250_000 }),
          message(7, { costMicroUsd: 1_500_000 }),
          message(8, { messageId: "msg_copy", costMicroUsd: 9_000_000, copied: true }),
        ];
        agent.send(events(...all));
        await agent.next("ack");
        agent.send(events(...all));
        await agent.next("ack");
        agent.close();
        await agent.closed;
      },
    );
    expect(grown).toEqual({
      'gaps_total{reason="outbox_full"}': 1,
      'gaps_total{reason="opencode"}': 1,
      'gaps_total{reason="other"}': 1,
      'events_total{type="gap"}': 3,
      'events_total{type="event.invalid"}': 1,
      events_duplicate_total: 7,
      session_cost_usd_total: 1.5,
    });
  });

  it("is the queue by state and age, and operations by name, outcome and door", async () => {
    await sample("connections_active").toBe(0);
    const grown = await growth(
      [
        'operations_total{operation="sessions.start",outcome="ok",door="http"}',
        'operations_total{operation="sessions.start",outcome="failed",door="http"}',
        'operations_total{operation="nodes.list",outcome="ok",door="control"}',
        'operations_total{operation="other",outcome="failed",door="control"}',
        'operation_duration_seconds_count{operation="sessions.start"}',
        'commands_total{type="node.status",status="expired"}',
      ],
      async () => {
        const start = (body: object): Promise<Response> => stage.send("POST", "/api/v1/sessions", body);
        expect((await start({ project: "p1", prompt: "go", wait_ms: 0 })).status).toBe(200);
        await sample('commands_open{state="queued"}').toBe(1);
        await sample('commands_oldest_seconds{state="queued"}').toBeGreaterThan(0);
        expect((await start({ project: "nowhere" })).status).toBe(404);
        const control = await dial(stage.supervisor.port, { protocol: "hal.control.v1" });
        control.send({ type: "call", id: "1", operation: "nodes.list" });
        control.send({ type: "call", id: "2", operation: "nobody.knows.this" });
        await control.next("reply", "1");
        await control.next("reply", "2");
        control.close();
      },
    );
    expect(grown).toEqual({
      'operations_total{operation="sessions.start",outcome="ok",door="http"}': 1,
      'operations_total{operation="sessions.start",outcome="failed",door="http"}': 1,
      'operations_total{operation="nodes.list",outcome="ok",door="control"}': 1,
      'operations_total{operation="other",outcome="failed",door="control"}': 1,
      'operation_duration_seconds_count{operation="sessions.start"}': 2,
      'commands_total{type="node.status",status="expired"}': 0,
    });

    const agent = await connect();
    const { id } = await agent.next("command");
    await sample('commands_open{state="sent"}').toBe(1);
    agent.send(events(event(9, "command.running", { commandId: id }, { session: undefined })));
    await sample('commands_open{state="running"}').toBe(1);
    agent.send(events(event(10, "command.failed", failure(id as string), { session: undefined })));
    await sample('commands_open{state="running"}').toBe(0);
    await sample('commands_total{type="session.start",status="failed"}').toBe(1);
    agent.close();
    await agent.closed;
  });

  it("is refusals, by what was refused", async () => {
    const { data } = (await (await stage.send("POST", "/api/v1/tokens", { name: "eye", role: "viewer" })).json()) as {
      data: { secret: string };
    };
    const grown = await growth(
      ["token", "connection", "operation"].map((what) => `refusals_total{what="${what}"}`),
      async () => {
        expect((await stage.get("/api/v1/nodes", "wrong")).status).toBe(401);
        expect((await stage.get("/api/v1/tokens", data.secret)).status).toBe(403);
        await expect(dial(stage.supervisor.port, { token: data.secret })).rejects.toThrow("403");
      },
    );
    expect(grown).toEqual({
      'refusals_total{what="token"}': 1,
      'refusals_total{what="connection"}': 1,
      'refusals_total{what="operation"}': 1,
    });
    expect((await scrape())[name('operations_total{operation="tokens.list",outcome="refused",door="http"}')]).toBe(1);
  });

  it("is followers by door and how far behind the slowest is, and watchers", async () => {
    const ending = new AbortController();
    const { data } = (await (await stage.get("/api/v1/status")).json()) as { data: { log_id: string } };
    const stream = await fetch(
      `http://127.0.0.1:${stage.supervisor.httpPort}/api/v1/events/stream?after=${data.log_id}:0&type=session.started`,
      { headers: { authorization: `Bearer ${TOKEN}` }, signal: ending.signal },
    );
    await sample('followers{door="http"}').toBe(1);
    await sample('follower_lag_events{door="http"}').toBe(0);
    const control = await dial(stage.supervisor.port, { protocol: "hal.control.v1" });
    control.send({ type: "call", id: "f", operation: "events.stream", input: {} });
    control.send({ type: "call", id: "w", operation: "sessions.watch", input: { ref: "ses_one" } });
    await sample('followers{door="control"}').toBe(1);
    await sample("watchers").toBe(1);

    // more than the buffers of two sockets hold
    control.pause();
    const agent = await connect();
    for (let seq = 11; seq < 71; seq += 3) {
      agent.send(events(...[0, 1, 2].map((more) => bigMessage(seq + more))));
      await agent.next("ack");
    }
    await sample('follower_lag_events{door="control"}').toBeGreaterThan(0);
    expect((await scrape())[name('follower_lag_events{door="http"}')]).toBe(0);
    control.resume();
    await sample('follower_lag_events{door="control"}').toBe(0);
    agent.close();
    control.close();
    ending.abort();
    await stream.body?.cancel().catch(() => undefined);
    await sample('followers{door="control"}').toBe(0);
    await sample('followers{door="http"}').toBe(0);
    await sample("watchers").toBe(0);
  });

  it("is the database: sizes, the last backup, whether it is sound and takes writes", async () => {
    const before = await scrape();
    expect(before).toMatchObject({
      [name("database_writable")]: 1,
      [name('database_check{state="sound"}')]: 1,
      [name('database_check{state="damaged"}')]: 0,
    });
    expect(before[name("database_size_bytes")]).toBeGreaterThan(4_096);
    expect(before[name("database_wal_bytes")]).toBeGreaterThan(0);
    expect((await stage.send("POST", "/api/v1/db/backup", {})).status).toBe(200);
    await sample("database_backup_timestamp_seconds").toBeGreaterThan(
      before[name("database_backup_timestamp_seconds")] ?? Number.NaN,
    );
  });

  it("is a database that takes no writes for a while", async () => {
    const agent = await connect();
    const grown = await growth(['links_closed_total{reason="database"}'], async () => {
      meddler = new DatabaseSync(stage.database);
      // what is a view can be read and not written
      for (const table of TABLES)
        meddler.exec(
          `alter table ${table} rename to real_${table}; create view ${table} as select * from real_${table}`,
        );
      agent.send(events(event(71, "session.busy")));
      expect((await agent.closed).code).toBe(1013);
      await sample("database_writable").toBe(0);
      for (const table of TABLES) meddler.exec(`drop view ${table}; alter table real_${table} rename to ${table}`);
    });
    expect(grown).toEqual({ 'links_closed_total{reason="database"}': 1 });
    expect((await scrape())[name("database_commit_failures_total")]).toBeGreaterThan(0);
    const again = await connect();
    again.send(events(event(71, "session.busy")));
    await again.next("ack");
    await sample("database_writable").toBe(1);
    again.close();
  });

  it("is the process itself", async () => {
    const seen = await scrape();
    expect(seen[name("process_resident_memory_bytes")]).toBeGreaterThan(1_000_000);
    expect(seen).toHaveProperty([name("nodejs_eventloop_lag_p99_seconds")]);
    expect(seen).toHaveProperty([name('build_info{version="0.0.0"}')], 1);
  });
});

/** what the supervisor writes again and again */
const TABLES = ["cursors", "nodes", "commands"];

function bigMessage(seq: number): object {
  const text = "x".repeat(200_000);
  return event(seq, "session.message", {
    messageId: `msg_${seq}`,
    role: "user",
    state: "complete",
    text,
    createdAt: 1,
  });
}

function failure(commandId: string): object {
  return { commandId, error: { code: "opencode_error", message: "no" } };
}
