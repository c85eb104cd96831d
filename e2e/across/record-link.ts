import { writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { hostname } from "node:os";
import { FrameCutter, textOf } from "../harness/frames.ts";
import { buildsOf } from "../harness/program.ts";
import { Stage } from "../harness/stage.ts";
import { ASKS_BEFORE_PUSHING, Day } from "./day.ts";
import type { Frame, RecordedFrame, RecordedLink } from "./recorded-link.ts";

/** Has programs of one tree talk to each other, and writes down what they say: the fixture of `wire.story.test.ts`. */
export async function recordLink(
  opencode: string,
  tree: string,
  { file, commit }: { readonly file: string; readonly commit: string },
): Promise<void> {
  await using stage = await Stage.open(opencode, { builds: buildsOf(tree) });
  await using relay = await Relay.open(stage.ports.socket);
  const supervisorUrl = `ws://127.0.0.1:${relay.port}`;
  const agent = stage.agent("una", { permission: ASKS_BEFORE_PUSHING, supervisorUrl });
  await stage.startSupervisor();
  agent.start();
  await stage.nodeUp(agent);
  const day = new Day(stage, agent);
  await day.ask();
  await day.useTool();
  await day.push("allow");
  await day.abort();
  await agent.stop();
  const how = "npm run across -- --before REVISION --record FILE, with a real opencode and a scripted model";
  const origin: RecordedLink["origin"] = { commit, recordedAt: new Date().toISOString(), how };
  const lines = [origin, ...withoutRepeats(relay.heard)].map((line) => JSON.stringify(line));
  writeFileSync(file, `${lines.map((line) => impersonal(line, stage.folder)).join("\n")}\n`);
}

/** Names of this machine and what proves who somebody is do not belong into a fixture. */
function impersonal(line: string, folder: string): string {
  return line
    .replaceAll(folder, "/home/una")
    .replaceAll(JSON.stringify(hostname()), '"box"')
    .replaceAll(/"secret":"[^"]*"/g, '"secret":"of-the-recording"');
}

/** Of the signs of life those are enough that say something new of opencode. */
function withoutRepeats(heard: readonly RecordedFrame[]): RecordedFrame[] {
  const said = new Map<string, string>();
  return heard.filter(({ frame: { type, opencode } }) => {
    if (!["heartbeat", "tick"].includes(type)) return true;
    const state = (opencode as { readonly state: string } | undefined)?.state ?? "";
    if (said.get(type) === state) return false;
    said.set(type, state);
    return true;
  });
}

/** Carries what an agent and its supervisor say, and listens. */
class Relay implements AsyncDisposable {
  readonly heard: RecordedFrame[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, target: number) {
    this.#server = server;
    server.on("connection", (agent) => {
      const supervisor = connect(target, "127.0.0.1");
      this.#carry("agent", agent, supervisor);
      this.#carry("supervisor", supervisor, agent);
    });
  }

  static async open(target: number): Promise<Relay> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return new Relay(server, target);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(from: RecordedFrame["from"], source: Socket, target: Socket): void {
    const cutter = new FrameCutter();
    this.#sockets.add(source);
    source.on("data", (bytes) => {
      for (const frame of cutter.cut(bytes))
        if (frame.isText) this.heard.push({ from, frame: JSON.parse(textOf(frame)) as Frame });
      target.write(bytes);
    });
    for (const event of ["close", "error"]) source.on(event, () => target.destroy());
  }
}
