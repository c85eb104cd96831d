import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DiscordApi } from "./api.ts";
import { DiscordFaults } from "./faults.ts";
import { DiscordGateway } from "./gateway.ts";
import { DiscordPerson } from "./person.ts";
import { DiscordRecord } from "./record.ts";
import { type DiscordMember, DiscordServer } from "./server.ts";
import { discordTranscript } from "./transcript.ts";

export interface DiscordDoubleOptions {
  /** milliseconds since 1970; ids, rights and how late something is go by it */
  readonly now?: () => number;
  /**
   * how long it waits for an acknowledgement; 3 s, as Discord, where nothing is said. A test that is not about this says more, so
   * that a busy machine decides nothing.
   */
  readonly patienceMs?: number;
}

/** Discord on loopback, as discord.js knows it: REST v10 and the gateway. It has one server. */
export interface DiscordDouble extends AsyncDisposable {
  /** for `rest.api` */
  readonly apiUrl: string;
  readonly botToken: string;
  /** Takes another token from now on, and that one alone, as after a reset in the Developer Portal; sessions end. */
  resetToken(): void;
  readonly server: DiscordServer;
  readonly faults: DiscordFaults;
  readonly record: DiscordRecord;
  readonly gateway: DiscordGateway;
  /** Somebody in the server, by an id of digits. */
  person(id: string, more?: Partial<Omit<DiscordMember, "id">>): DiscordPerson;
  /** What people see in a channel. */
  transcript(channel: string): string;
}

const PATIENCE_MS = 3_000;
/** well formed: an id, a time and a proof, each in base64 */
const TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAz.AAAAAA.double-double-double-double";
const OTHER_TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAz.BBBBBB.double-double-double-double";

/** Starts it on a free port. */
export async function startDiscord(options: DiscordDoubleOptions = {}): Promise<DiscordDouble> {
  const { now = Date.now, patienceMs = PATIENCE_MS } = options;
  const server = new DiscordServer(now, patienceMs);
  const faults = new DiscordFaults();
  const record = new DiscordRecord();
  let base = "";
  let token = TOKEN;
  const botToken = (): string => token;
  const address = (): string => base.replace("http:", "ws:");
  const gateway = new DiscordGateway({ server, record, botToken, address });
  const api = new DiscordApi({ server, faults, record, botToken, gatewayAddress: address });
  const http = createServer((request, response) => {
    api.answer(request, response).catch((error: unknown) => {
      record.add({ kind: "call", name: request.url ?? "", error: String(error), facts: {} });
      response.destroy();
    });
  });
  http.on("upgrade", (request, stream, head) => gateway.upgrade(request, stream, head));
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(0, "127.0.0.1", resolve);
  });
  base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const fileAddress = (id: string): string => `${base}/attachments/${id}`;
  return {
    apiUrl: `${base}/api`,
    get botToken() {
      return token;
    },
    resetToken() {
      token = OTHER_TOKEN;
      gateway.end(4004);
    },
    server,
    faults,
    record,
    gateway,
    person(id, more = {}) {
      const member = { id, name: `member ${id}`, roles: [], permissions: 0n, ...more };
      server.members.set(id, member);
      return new DiscordPerson(member, { server, gateway, record, fileAddress });
    },
    transcript: (channel) => discordTranscript(server.messages, channel),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        gateway.close();
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}
