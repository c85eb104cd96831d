import { LIMITS, livePieceOf, LiveText, type WatchItem } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startStage, type Stage, TOKEN } from "../support/start.ts";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";

let stage: Stage;
let agent: Peer;
let secret: unknown;
let control: Peer;
beforeEach(async () => {
  // whoever takes nothing for long is cut off: here that is never too long
  stage = await startStage({}, {}, { readerMs: 3_600_000 });
  agent = await dial(stage.supervisor.port);
  agent.send(hello({ features: ["live"] }));
  ({ secret } = await agent.next("welcome"));
  agent.send(events(event(1, "session.busy"), event(2, "session.busy", {}, { session: "ses_two" })));
  await agent.next("ack");
  control = await dial(stage.supervisor.port, { protocol: "hal.control.v1" });
});
afterEach(() => stage[Symbol.asyncDispose]());

async function reconnect(connection: number, changes: Record<string, unknown> = {}): Promise<Peer> {
  const peer = await dial(stage.supervisor.port);
  peer.send(
    hello({
      secret,
      connection,
      features: ["live"],
      outbox: { epoch: "e1", firstSeq: 1, lastSeq: 2, acked: 2 },
      ...changes,
    }),
  );
  await peer.next("welcome");
  return peer;
}

/** A watch over a control channel. */
class Watcher {
  readonly items: WatchItem[] = [];
  readonly text = new LiveText();
  readonly ended: Promise<unknown>;
  readonly #id: string;
  readonly #peer: Peer;

  constructor(peer: Peer, id: string, ref = "ses_one") {
    this.#id = id;
    this.#peer = peer;
    peer.send({ type: "call", id, operation: "sessions.watch", input: { ref } });
    this.ended = peer.next("end", id);
    void this.#read();
  }

  get shown(): string | undefined {
    return this.text.get("prt_1")?.text;
  }

  get lanes(): { open: boolean; reason: string }[] {
    return this.items.flatMap((item) => (item.kind === "lane" ? [item] : []));
  }

  leave(): void {
    this.#peer.send({ type: "cancel", id: this.#id });
  }

  async #read(): Promise<void> {
    for (;;) {
      const { item } = (await this.#peer.next("item", this.#id)) as unknown as { item: WatchItem };
      this.items.push(item);
      const piece = livePieceOf(item);
      if (piece !== undefined) this.text.write(piece);
    }
  }
}

function live(watch: unknown, text: string, changes: object = {}): object {
  const base = { type: "live", id: watch, session: "ses_one", kind: "text", messageId: "msg_1", partId: "prt_1" };
  return { ...base, text, ...changes };
}

describe("watching a session", () => {
  it("asks its node once for all watchers, and shows each of them the text, late ones from its beginning", async () => {
    const one = new Watcher(control, "1");
    const { id } = await agent.next("watch");
    agent.send(live(id, "one "));
    await expect.poll(() => one.shown).toBe("one ");
    const two = new Watcher(control, "2");
    await expect.poll(() => two.shown).toBe("one ");
    agent.send(live(id, "two ", { offset: 4 }));
    await expect.poll(() => [one.shown, two.shown]).toEqual(["one two ", "one two "]);
    expect(one.lanes).toEqual([{ kind: "lane", open: true, reason: "text comes from box as it is written" }]);
    expect(one.items.slice(1)).toMatchObject([
      { kind: "text", message_id: "msg_1", part_id: "prt_1", offset: 0, text: "one ", cut: false, end: false },
      { offset: 4, text: "two " },
    ]);

    one.leave();
    await one.ended;
    agent.send(live(id, "three", { offset: 8, end: true }));
    await expect.poll(() => two.shown).toBe("one two three");
    two.leave();
    expect(await agent.next("unwatch")).toMatchObject({ id });
    // the second watcher asked for no watch of its own
    const three = new Watcher(control, "3");
    expect((await agent.next("watch"))["id"]).not.toBe(id);
    await expect.poll(() => three.lanes).toHaveLength(1);
  });

  it("ends the watch when the watcher's connection is gone", async () => {
    const watcher = new Watcher(control, "1");
    const { id } = await agent.next("watch");
    await expect.poll(() => watcher.lanes).toHaveLength(1);
    control.close();
    expect(await agent.next("unwatch")).toMatchObject({ id });
  });

  it("is neither stored nor acknowledged, and is counted", async () => {
    const watcher = new Watcher(control, "1");
    const { id } = await agent.next("watch");
    agent.send(live(id, "words"));
    await expect.poll(() => watcher.shown).toBe("words");
    const list = (await (await stage.get("/api/v1/events?limit=1000")).json()) as { data: { type: string }[] };
    expect(list.data.map(({ type }) => type).filter((type) => type !== "node.online")).toEqual([
      "session.busy",
      "session.busy",
    ]);
    expect(agent.count("ack")).toBe(0);
    const metrics = await (await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}/metrics`)).text();
    expect(metrics).toContain("hal_o_swarm_live_frames_total 1");
  });

  it("keeps sessions apart, and passes over what nobody asked for", async () => {
    const one = new Watcher(control, "1");
    const { id } = await agent.next("watch");
    const two = new Watcher(control, "2", "ses_two");
    const other = await agent.next("watch");
    agent.send(live("watch-of-long-ago", "stale"));
    agent.send(live(other["id"], "of the other", { session: "ses_two" }));
    agent.send(live(id, "mine"));
    await expect.poll(() => [one.shown, two.shown]).toEqual(["mine", "of the other"]);
    expect(one.items).toHaveLength(2);
  });

  it("says why no text comes while the node is away, and goes on by itself when it is back", async () => {
    const watcher = new Watcher(control, "1");
    const { id } = await agent.next("watch");
    agent.send(live(id, "before"));
    await expect.poll(() => watcher.shown).toBe("before");
    agent.send({ type: "bye", reason: "stopped" });
    agent.close();
    await expect
      .poll(() => watcher.lanes.at(-1))
      .toMatchObject({
        open: false,
        reason: expect.stringMatching(/^node box is offline: the agent was stopped .*; text comes when it is back$/),
      });
    agent = await reconnect(2);
    const again = await agent.next("watch");
    expect(again).toMatchObject({ session: "ses_one" });
    await expect.poll(() => watcher.lanes.at(-1)).toMatchObject({ open: true });
    agent.send(live(again["id"], "before and after", { end: true }));
    await expect.poll(() => watcher.shown).toBe("before and after");
  });

  it("says that an agent is too old for it, and asks it nothing", async () => {
    agent.close();
    agent = await reconnect(2, { features: [] });
    const watcher = new Watcher(control, "1");
    await expect
      .poll(() => watcher.lanes)
      .toMatchObject([{ open: false, reason: "the agent of box (0.1.0) tells no text before it is final; update it" }]);
    await stage.send("POST", "/api/v1/sessions/ses_one/abort", { wait_ms: 0 });
    await agent.next("command");
    expect(agent.count("watch")).toBe(0);
  });

  it("gives a slow watcher the newest in few pieces, and holds up nobody else", async () => {
    const slow = await dial(stage.supervisor.port, { protocol: "hal.control.v1" });
    const watched = new Watcher(slow, "1");
    const { id } = await agent.next("watch");
    await expect.poll(() => watched.lanes).toHaveLength(1);
    slow.pause();
    const quick = new Watcher(control, "2");
    const text = "x".repeat(10_000);
    // much more than the kernel keeps for a reader that takes nothing
    for (let round = 0; round < 80; round += 1) {
      for (let part = 0; part < 50; part += 1) agent.send(live(id, text, { partId: `prt_${round}_${part}` }));
      await expect.poll(() => quick.text.has(`prt_${round}_49`)).toBe(true);
    }
    agent.send(live(id, "the end", { end: true }));
    await expect.poll(() => quick.shown).toBe("the end");
    expect(watched.items).toHaveLength(1);
    slow.resume();
    await expect.poll(() => watched.shown).toBe("the end");
    expect(quick.items.length).toBeGreaterThan(3_000);
    expect(watched.items.length).toBeLessThan(quick.items.length / 2);
  }, 240_000);

  it("comes over HTTP, too: without cursors, and until the reader leaves", async () => {
    const leave = new AbortController();
    const response = await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}/api/v1/sessions/ses_one/watch`, {
      headers: { authorization: `Bearer ${TOKEN}` },
      signal: leave.signal,
    });
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const { id } = await agent.next("watch");
    agent.send(live(id, "over HTTP"));
    let body = "";
    const decoder = new TextDecoder();
    for await (const piece of response.body as AsyncIterable<Uint8Array>) {
      body += decoder.decode(piece);
      if (body.includes("over HTTP")) break;
    }
    expect(body).not.toContain("id:");
    expect(body).toContain('data: {"kind":"lane","open":true');
    leave.abort();
    expect(await agent.next("unwatch")).toMatchObject({ id });
  });

  it("refuses what cannot be watched, in one sentence", async () => {
    const nothing = new Watcher(control, "1", "ses_nothing");
    expect(await nothing.ended).toMatchObject({ error: { code: "not_found" } });
    agent.send(events(event(3, "session.ended", { reason: "killed" })));
    await agent.next("ack");
    const ended = new Watcher(control, "2");
    expect(await ended.ended).toMatchObject({
      error: { code: "conflict", message: "session ses_one has ended; read it: halctl sessions logs ses_one" },
    });
    const sessions = Array.from({ length: LIMITS.liveWatches + 1 }, (_, n) => `ses_n${n}`);
    agent.send(events(...sessions.map((session, n) => event(4 + n, "session.busy", {}, { session }))));
    await agent.next("ack");
    const others = await Promise.all([1, 2, 3].map(() => dial(stage.supervisor.port, { protocol: "hal.control.v1" })));
    const all = sessions.slice(0, -1).map((ref, n) => new Watcher(others[n % 3] as Peer, `w${n}`, ref));
    await expect.poll(() => all.every(({ lanes }) => lanes.length === 1)).toBe(true);
    const tooMany = new Watcher(control, "3", sessions.at(-1));
    expect(await tooMany.ended).toMatchObject({ error: { code: "rate_limited" } });
  });
});
