import type { App, Receiver } from "@slack/bolt";
import type { WebClient, WebClientOptions } from "@slack/web-api";
import type { Listener } from "../inbound.ts";
import { appTokenMissing } from "./check-slack.ts";
import type { SlackOptions } from "./open-slack.ts";
import { quietLogger } from "./quiet-logger.ts";
import { SlackConnection } from "./slack-connection.ts";
import { SlackInbox } from "./slack-inbox.ts";
import { SlackRequestReceiver } from "./slack-request-receiver.ts";

const PONG_MS = 5_000;
const OPEN_MS = 10_000;

/** What hears Slack: over a connection that is kept, or by requests that are handed to it. */
export interface SlackEars extends AsyncDisposable {
  /** Answers a request of Slack. */
  fetch(request: Request): Promise<Response>;
}

/** Begins to hear what people do on Slack. Its client library is loaded here, and not before. */
export async function hearSlack(bot: WebClient, listener: Listener, options: SlackOptions): Promise<SlackEars> {
  const { App: BoltApp, LogLevel, SocketModeReceiver } = await import("@slack/bolt");
  const { mode, appToken, apiUrl, botToken, signingSecret, now = Date.now } = options;
  const logger = quietLogger(LogLevel.ERROR);
  const address: WebClientOptions = apiUrl === undefined ? {} : { slackApiUrl: apiUrl };
  const inbox = new SlackInbox(bot, listener, { botToken, apiUrl });
  const appWith = (receiver: Receiver): App =>
    new BoltApp({
      receiver,
      logger,
      // each program writes into the options that it is given
      clientOptions: { ...address },
      authorize: async () => ({ botToken }),
      ignoreSelf: false,
      convoStore: false,
    });
  const tell = (state: Parameters<NonNullable<Listener["connection"]>>[0]): void => listener.connection?.(state);

  if (mode === "http") {
    const receiver = new SlackRequestReceiver(signingSecret ?? "", now, (event) => inbox.take(event));
    inbox.route(appWith(PASSIVE));
    return {
      fetch: async (request) =>
        signingSecret === undefined ? new Response("no signing secret", { status: 503 }) : receiver.fetch(request),
      [Symbol.asyncDispose]: () => inbox.settle(),
    };
  }
  const notHere = async (): Promise<Response> => new Response("not in Socket Mode", { status: 404 });
  const problem = appTokenMissing(appToken);
  if (appToken === undefined || problem !== undefined) {
    tell({ kind: "stopped", why: problem ?? "" });
    return { fetch: notHere, [Symbol.asyncDispose]: async () => undefined };
  }
  const socket = new SocketModeReceiver({
    appToken,
    logger,
    clientPingTimeout: PONG_MS,
    // SlackConnection does, C1
    autoReconnectEnabled: false,
    installerOptions: {
      clientOptions: {
        ...address,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        timeout: OPEN_MS,
      },
    },
  });
  inbox.route(appWith(PASSIVE));
  // in the app's place, so that all of it is acknowledged first
  socket.init({ processEvent: async (event: Parameters<App["processEvent"]>[0]) => inbox.take(event) } as App);
  const connection = new SlackConnection(socket, tell);
  return {
    fetch: notHere,
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      await inbox.settle();
    },
  };
}

/** What comes in is handed to the app by the inbox. */
const PASSIVE: Receiver = { init: () => undefined, start: async () => undefined, stop: async () => undefined };
