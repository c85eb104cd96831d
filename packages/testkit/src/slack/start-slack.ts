import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SlackApi } from "./api.ts";
import { shownMessage } from "./chat-methods.ts";
import { PATIENCE_MS, type SlackOutcome, type SlackPayload } from "./delivery.ts";
import { SlackFaults } from "./faults.ts";
import { eventPayload } from "./payloads.ts";
import { SlackPerson } from "./person.ts";
import { SlackRecord } from "./record.ts";
import { SignedDoor } from "./signed-door.ts";
import { SocketDoor } from "./socket-door.ts";
import { slackTranscript } from "./transcript.ts";
import { type SlackMessage, SlackWorkspace } from "./workspace.ts";

export interface SlackDoubleOptions {
  /** milliseconds since 1970; rights and signatures go by it */
  readonly now?: () => number;
  /** where the app takes signed requests; without it, what it is to hear goes over Socket Mode */
  readonly requestUrl?: string;
  /**
   * how long it waits for an acknowledgement, and for a form to be opened; 3 s, as Slack, where nothing is said. A test that is
   * not about this says more, so that a busy machine decides nothing.
   */
  readonly patienceMs?: number;
}

/** Slack on loopback, as its own client libraries know it: Web API, Socket Mode, response_urls and signed requests. It has one workspace. */
export interface SlackDouble extends AsyncDisposable {
  /** for `slackApiUrl`, with its final slash */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  /** Takes other tokens from now on, and those alone, as after they were revoked; connections end. */
  revokeTokens(): void;
  readonly workspace: SlackWorkspace;
  readonly faults: SlackFaults;
  readonly record: SlackRecord;
  readonly socket: SocketDoor;
  /** the address from which a file of somebody is fetched */
  fileAddress(file: string): string;
  /** From now on the app takes signed requests there. */
  sendTo(requestUrl: string): SignedDoor;
  person(id: string, name?: string): SlackPerson;
  /** Tells the app of an event that was told already, once more. */
  tellAgain(nth?: number): Promise<SlackOutcome>;
  /** Tells the app of all events once more that it did not acknowledge. */
  retry(): Promise<readonly SlackOutcome[]>;
  /** Tells the app of its own message, as Slack does; changed ones as that. */
  echo(message: SlackMessage): Promise<SlackOutcome>;
  /** What people see in a channel. */
  transcript(channel: string): string;
}

interface Told {
  readonly id: string;
  readonly event: Readonly<Record<string, unknown>>;
  tries: number;
  isAcknowledged: boolean;
}

/** Starts it on a free port. */
export async function startSlack(options: SlackDoubleOptions = {}): Promise<SlackDouble> {
  const { now = Date.now, patienceMs = PATIENCE_MS } = options;
  const tokens = { bot: "xoxb-double", app: "xapp-double" };
  const signingSecret = "0123456789abcdef0123456789abcdef";
  const workspace = new SlackWorkspace(now, patienceMs);
  const faults = new SlackFaults();
  const record = new SlackRecord();
  const socket = new SocketDoor(record, now, patienceMs);
  let base = "";
  const fileAddress = (file: string): string => `${base}/files/${file}`;
  const api = new SlackApi({
    workspace,
    faults,
    record,
    tokens,
    fileAddress: (file) => `${base}/upload/${file}`,
    socketAddress: () => `${base.replace("http:", "ws:")}/link?ticket=${socket.ticket()}`,
  });
  const server = createServer((request, response) => {
    api.answer(request, response).catch((error: unknown) => {
      record.add({ kind: "call", name: request.url ?? "", error: String(error), facts: {} });
      response.destroy();
    });
  });
  server.on("upgrade", (request, stream, head) => socket.upgrade(request, stream, head));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  let signed: SignedDoor | undefined;
  const sendTo = (url: string): SignedDoor =>
    (signed = new SignedDoor({ url, secret: signingSecret, now, patienceMs }));
  if (options.requestUrl !== undefined) sendTo(options.requestUrl);
  const tell = async (payload: SlackPayload): Promise<SlackOutcome> => {
    const name = nameOf(payload);
    record.add({ kind: "sent", name, facts: factsOf(payload) });
    const outcome = await (signed ?? socket).deliver(payload);
    const isTaken = outcome.outcome === "acknowledged";
    record.add({
      kind: isTaken ? "acknowledged" : "unacknowledged",
      name,
      facts: { answer: outcome.answer },
      tookMs: outcome.tookMs,
      ...(isTaken ? {} : { error: outcome.outcome }),
    });
    return outcome;
  };
  const teller = new EventTeller(workspace, tell);
  const responseUrl = (right: string): string => `${base}/response/${right}`;
  return {
    apiUrl: `${base}/api/`,
    get botToken() {
      return tokens.bot;
    },
    get appToken() {
      return tokens.app;
    },
    revokeTokens() {
      [tokens.bot, tokens.app] = ["xoxb-double-2", "xapp-double-2"];
      socket.cut();
    },
    signingSecret,
    workspace,
    faults,
    record,
    socket,
    fileAddress,
    sendTo,
    person: (id, name = id.toLowerCase()) =>
      new SlackPerson({ id, name }, { workspace, tell, tellEvent: (event) => teller.tell(event), responseUrl }),
    tellAgain: (nth = -1) => teller.again(nth),
    retry: () => teller.retry(),
    echo: (message) => teller.tell(echoOf(message)),
    transcript: (channel) => slackTranscript(workspace.messages.filter((one) => one.channel === channel)),
    [Symbol.asyncDispose]: () => close(server, socket),
  };
}

function close(server: Server, socket: SocketDoor): Promise<void> {
  return new Promise((resolve) => {
    socket.close();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Tells events, and knows which ones were heard. */
class EventTeller {
  readonly #workspace: SlackWorkspace;
  readonly #send: (payload: SlackPayload) => Promise<SlackOutcome>;
  readonly #told: Told[] = [];

  constructor(workspace: SlackWorkspace, send: (payload: SlackPayload) => Promise<SlackOutcome>) {
    this.#workspace = workspace;
    this.#send = send;
  }

  tell(event: Readonly<Record<string, unknown>>): Promise<SlackOutcome> {
    const told: Told = { id: this.#workspace.name("Ev"), event, tries: 0, isAcknowledged: false };
    this.#told.push(told);
    return this.#try(told);
  }

  again(nth: number): Promise<SlackOutcome> {
    const told = this.#told.at(nth);
    if (told === undefined) throw new Error("no such event was told yet");
    return this.#try(told);
  }

  retry(): Promise<readonly SlackOutcome[]> {
    return Promise.all(this.#told.filter(({ isAcknowledged }) => !isAcknowledged).map((told) => this.#try(told)));
  }

  async #try(told: Told): Promise<SlackOutcome> {
    const atS = Math.floor(this.#workspace.now() / 1_000);
    const outcome = await this.#send(eventPayload(told.id, atS, told.event, told.tries++));
    told.isAcknowledged ||= outcome.outcome === "acknowledged";
    return outcome;
  }
}

function nameOf({ type, body }: SlackPayload): string {
  const { event } = body as { readonly event?: { readonly type?: string } };
  if (type === "events_api") return String(event?.type);
  return type === "slash_commands" ? String(body["command"]) : String(body["type"]);
}

function factsOf({ type, body, retry }: SlackPayload): Record<string, unknown> {
  const { user, user_id, event, text, actions, view } = body as {
    readonly user?: { readonly id: string };
    readonly user_id?: string;
    readonly event?: { readonly user?: string; readonly text?: string; readonly thread_ts?: string };
    readonly text?: string;
    readonly actions?: readonly { readonly action_id?: string }[];
    readonly view?: { readonly callback_id?: string };
  };
  return {
    user: user?.id ?? user_id ?? event?.user,
    text: type === "events_api" ? event?.text : text,
    thread: event?.thread_ts,
    action: actions?.[0]?.action_id,
    form: view?.callback_id,
    ...(retry === undefined || retry === 0 ? {} : { retry }),
  };
}

function echoOf(message: SlackMessage): Record<string, unknown> {
  const { channel, ts, edits } = message;
  const common = { type: "message", channel, channel_type: "channel", event_ts: ts };
  return edits === 0
    ? { ...common, ...shownMessage(message, false), subtype: "bot_message" }
    : { ...common, subtype: "message_changed", ts, message: shownMessage(message, false) };
}
