import { describe, expect, it } from "vitest";
import { type ControlSocket, createControlClient, HalError, LIMITS } from "../src/index.ts";

interface Sent {
  readonly type: string;
  readonly id: string;
  readonly operation?: string;
}

/** The other end of a socket, in the hands of the test. */
class Wire {
  readonly sent: Sent[] = [];
  paused = false;
  #message: (text: string) => void = () => undefined;
  #close: (reason: string) => void = () => undefined;

  readonly socket: ControlSocket = {
    send: (text) => this.sent.push(JSON.parse(text) as Sent),
    close: () => this.drop("closed by the client"),
    onMessage: (listener) => (this.#message = listener),
    onClose: (listener) => (this.#close = listener),
    pause: () => (this.paused = true),
    resume: () => (this.paused = false),
  };

  say(frame: object): void {
    this.#message(JSON.stringify(frame));
  }

  drop(reason: string): void {
    this.#close(reason);
  }
}

function connected() {
  const wire = new Wire();
  const client = createControlClient({ url: "ws://s", connect: () => Promise.resolve(wire.socket) });
  return { wire, client };
}

/** Lets everything that is due happen. */
const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 0);
  });

const item = (id: string, n: number): object => ({ type: "item", id, cursor: `log:${n}`, item: { id: n } });

describe("calls over the control channel", () => {
  it("are told apart by their ids, whatever the order of the replies", async () => {
    const { wire, client } = connected();
    const nodes = client.call("nodes.list", {});
    const status = client.call("status.get", {});
    await settle();
    const [first, second] = wire.sent;
    wire.say({ type: "reply", id: second?.id, ok: true, output: "second" });
    wire.say({ type: "reply", id: first?.id, ok: true, output: "first", meta: { total: 1 } });
    expect(await nodes).toEqual({ output: "first", meta: { total: 1 } });
    expect(await status).toEqual({ output: "second", meta: {} });
  });

  it("fail with the supervisor's code and words", async () => {
    const { wire, client } = connected();
    const call = client.call("sessions.get", { ref: "x" });
    await settle();
    wire.say({ type: "reply", id: wire.sent[0]?.id, ok: false, error: { code: "not_found", message: "no session x" } });
    await expect(call).rejects.toMatchObject({ code: "not_found", message: "no session x" });
  });

  it("are cancelled at the supervisor, too", async () => {
    const { wire, client } = connected();
    const stop = new AbortController();
    const call = client.call("nodes.list", {}, { signal: stop.signal });
    await settle();
    stop.abort(new Error("left"));
    await expect(call).rejects.toThrow("left");
    expect(wire.sent.map(({ type }) => type)).toEqual(["call", "cancel"]);
  });

  it("fail as unreachable when the connection is lost, and the next one dials again", async () => {
    const wires = [new Wire(), new Wire()];
    let dialled = 0;
    const client = createControlClient({
      url: "ws://s",
      connect: () => {
        dialled += 1;
        if (dialled === 2) return Promise.reject(new HalError("unreachable", "away"));
        return Promise.resolve((wires[dialled === 1 ? 0 : 1] as Wire).socket);
      },
    });
    const lost = client.call("nodes.list", {});
    await settle();
    wires[0]?.drop("the supervisor is stopping");
    await expect(lost).rejects.toMatchObject({ code: "unreachable", message: expect.stringContaining("is stopping") });
    await expect(client.call("nodes.list", {})).rejects.toThrow("away");
    const back = client.call("nodes.list", {});
    await settle();
    wires[1]?.say({ type: "reply", id: wires[1].sent[0]?.id, ok: true, output: [] });
    expect((await back).output).toEqual([]);
  });

  it("pass over what a newer supervisor says", async () => {
    const { wire, client } = connected();
    const call = client.call("nodes.list", {});
    await settle();
    wire.say({ type: "horoscope" });
    wire.say({ type: "reply", id: "unknown", ok: true, output: [] });
    wire.say({ type: "reply", id: wire.sent[0]?.id, ok: true, output: [] });
    expect((await call).output).toEqual([]);
  });
});

describe("streams over the control channel", () => {
  it("yield items with their cursors, and stop the supervisor's side when the reader leaves", async () => {
    const { wire, client } = connected();
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const one of client.stream("events.stream", {})) {
        seen.push(one.cursor);
        if (seen.length === 2) break;
      }
    })();
    await settle();
    const id = wire.sent[0]?.id as string;
    for (const n of [1, 2, 3]) wire.say(item(id, n));
    await reading;
    expect(seen).toEqual(["log:1", "log:2"]);
    expect(wire.sent.at(-1)).toEqual({ type: "cancel", id });
  });

  it("give what had come before they throw for a lost connection", async () => {
    const { wire, client } = connected();
    const stream = client.stream("events.stream", {})[Symbol.asyncIterator]();
    const first = stream.next();
    await settle();
    wire.say(item(wire.sent[0]?.id as string, 1));
    wire.drop("gone");
    expect((await first).value).toMatchObject({ cursor: "log:1" });
    await expect(stream.next()).rejects.toMatchObject({ code: "unreachable" });
    expect(wire.sent.map(({ type }) => type)).toEqual(["call"]);
  });

  it("throw the error that ends them", async () => {
    const { wire, client } = connected();
    const first = client.stream("events.stream", { after: "other:1" })[Symbol.asyncIterator]().next();
    await settle();
    wire.say({ type: "end", id: wire.sent[0]?.id, error: { code: "cursor_lost", message: "another log" } });
    await expect(first).rejects.toMatchObject({ code: "cursor_lost" });
  });

  it("stop reading the socket while the reader is behind, except for a reply it waits for", async () => {
    const { wire, client } = connected();
    const stream = client.stream("events.stream", {})[Symbol.asyncIterator]();
    const first = stream.next();
    await settle();
    const id = wire.sent[0]?.id as string;
    for (let n = 1; n <= LIMITS.controlItemsBuffered + 1; n += 1) wire.say(item(id, n));
    await first;
    expect(wire.paused).toBe(true);
    const call = client.call("nodes.list", {});
    await settle();
    expect(wire.paused).toBe(false);
    wire.say({ type: "reply", id: wire.sent.at(-1)?.id, ok: true, output: [] });
    await call;
    expect(wire.paused).toBe(true);
    for (let n = 0; n < LIMITS.controlItemsBuffered; n += 1) await stream.next();
    const next = stream.next();
    await settle();
    expect(wire.paused).toBe(false);
    wire.say(item(id, 9_999));
    expect((await next).value).toMatchObject({ cursor: "log:9999" });
  });
});
