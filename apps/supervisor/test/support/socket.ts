import { WebSocket } from "ws";
import { type Stage, TOKEN } from "./start.ts";

type Frame = Readonly<Record<string, unknown>> & { readonly type: string };

/** A bare WebSocket that speaks frames written by hand. */
export interface Peer {
  send(frame: object): void;
  raw(data: string | Buffer): void;
  /** the next frame of a type, and of an id where one is given, from those that came or will come */
  next(type: string, id?: string): Promise<Frame>;
  /** how many frames of a type came and were not taken */
  count(type: string): number;
  /** stops and goes on reading from the socket */
  pause(): void;
  resume(): void;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  close(): void;
  /** is gone without a word */
  terminate(): void;
}

export interface DialOptions {
  readonly token?: string;
  readonly protocol?: string;
  readonly path?: string;
  readonly origin?: string;
}

/** Connects, or throws with the HTTP status that refused it. */
export async function dial(port: number, options: DialOptions = {}): Promise<Peer> {
  const socket = new WebSocket(
    `ws://127.0.0.1:${port}${options.path ?? "/"}`,
    (options.protocol ?? "hal.agent.v1").split(","),
    {
      headers: {
        authorization: `Bearer ${options.token ?? TOKEN}`,
        ...(options.origin === undefined ? {} : { origin: options.origin }),
      },
    },
  );
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (data) => {
    frames.push(JSON.parse((data as Buffer).toString("utf8")) as Frame);
    for (const wake of waiting) wake();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString("utf8") }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.on("open", resolve);
    socket.on("error", reject);
  });
  return {
    send: (frame) => socket.send(JSON.stringify(frame)),
    raw: (data) => socket.send(data),
    count: (type) => frames.filter((frame) => frame.type === type).length,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    async next(type, id) {
      for (;;) {
        const index = frames.findIndex((frame) => frame.type === type && (id === undefined || frame["id"] === id));
        if (index !== -1) return frames.splice(index, 1)[0] as Frame;
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    },
    closed,
    close: () => socket.close(),
    terminate: () => socket.terminate(),
  };
}

export const NODE_ID = "01900000-0000-7000-8000-00000000000a";

/** A hello as an agent writes it. */
export function hello(changes: Record<string, unknown> = {}): object {
  return {
    type: "hello",
    protocol: { min: 1, max: 1 },
    node: { id: NODE_ID, hostname: "box", version: "0.1.0", os: "linux", arch: "x64" },
    instance: "run-1",
    connection: 1,
    outbox: { epoch: "e1", firstSeq: 0, lastSeq: 0, acked: 0 },
    projects: [{ name: "p1", directory: "/srv/p1", state: "ready" }],
    opencode: { state: "up", version: "1.18.33", tested: true, since: 1 },
    ...changes,
  };
}

/** An agent that was let in; `changes` are those to the hello of `NODE_ID`. */
export async function connected(
  { supervisor }: { readonly supervisor: { readonly port: number } },
  changes: Record<string, unknown> = {},
): Promise<Peer> {
  const peer = await dial(supervisor.port);
  peer.send(hello(changes));
  await peer.next("welcome");
  return peer;
}

/** An events frame of epoch e1. */
/** Calls an operation five times in one go, and what each call came to, in their order: done, or why not. */
export async function allAtOnce({ supervisor }: Stage, operation: string, input: object): Promise<string[]> {
  const control = await dial(supervisor.port, { protocol: "hal.control.v1" });
  const ids = ["1", "2", "3", "4", "5"];
  for (const id of ids) control.send({ type: "call", id, operation, input });
  const replies = await Promise.all(ids.map((id) => control.next("reply", id)));
  control.close();
  return replies.map(({ ok, error }) => (ok === true ? "done" : (error as { readonly message: string }).message));
}

export function events(...list: object[]): object {
  return { type: "events", epoch: "e1", events: list };
}

export function event(seq: number, type: string, data: object = {}, changes: object = {}): object {
  return { seq, at: Date.now(), type, project: "p1", session: "ses_one", data, ...changes };
}
