import { type DiscordDouble, discordBody, startDiscord } from "@hal/testkit";
import { describe } from "vitest";
import { type Listener, openDiscord } from "../../src/index.ts";
import { type ChannelStand, conformance, type Doings, type Shown, type Troubles } from "../conformance.ts";

const PLACE = "500000000000000001";
const WHO = "600000000000000002";

describe("Discord", () => {
  const abilities = { edits: true, threads: true, finds: true, buttons: true };
  conformance(abilities, { isTroubled: true, isPeopled: true }, open);
});

async function open(listener: Listener): Promise<ChannelStand> {
  const discord = await startDiscord({ patienceMs: 60_000 });
  const { server, botToken, apiUrl } = discord;
  server.addChannel(PLACE, "alerts");
  const channel = await openDiscord({ botToken, apiUrl, listener, isReading: true });
  await discord.gateway.connected();
  return {
    channel,
    place: PLACE,
    somebody: { kind: "user", id: "600000000000000009" },
    shown: () => shownBy(discord),
    called: () => server.messages.flatMap(({ calls }) => calls),
    remove: ({ place, id }) => {
      const message = server.messageAt(place, id);
      if (message !== undefined) server.remove(message);
    },
    troubles: troublesOf(discord),
    doings: doingsOf(discord),
    async [Symbol.asyncDispose]() {
      await channel[Symbol.asyncDispose]();
      await discord[Symbol.asyncDispose]();
    },
  };
}

function shownBy({ server }: DiscordDouble): readonly Shown[] {
  return server.messages
    .filter(({ isOwn, ephemeralTo }) => isOwn && ephemeralTo === undefined)
    .map((message) => ({
      id: message.id,
      thread: message.channel === PLACE ? undefined : message.channel,
      text: discordBody(message),
    }));
}

function troublesOf({ faults, server }: DiscordDouble): Troubles {
  const next = "POST /channels/:id/messages";
  return {
    busy: (retryAfterS) => faults.add(next, { kind: "rate_limited", retryAfterS }),
    unwell: () => faults.add(next, { kind: "status", status: 503 }),
    unanswered: () => faults.add(next, { kind: "broken_after" }),
    lockedOut: () => void (server.isTokenValid = false),
    closed: () => void server.channels.delete(PLACE),
  };
}

function doingsOf(discord: DiscordDouble): Doings {
  const { server } = discord;
  const ann = discord.person(WHO, { name: "ann" });
  return {
    who: WHO,
    command: async (words) => (await ann.command(PLACE, words)).isAcknowledged,
    press: async ({ place, id }, button) => {
      const message = server.messageAt(place, id);
      return message !== undefined && (await ann.press(message, button)).isAcknowledged;
    },
    fillIn: async (values) => {
      const modal = server.modals.at(-1);
      return modal !== undefined && (await ann.submit(modal, values)).isAcknowledged;
    },
    formTitle: () => server.modals.at(-1)?.data["title"] as string | undefined,
    say: async (thread, text) => {
      if (!server.channels.has(thread.id)) server.addChannel(thread.id, "details", thread.place);
      return ann.say(thread.id, text);
    },
    told: () =>
      server.messages.filter(({ ephemeralTo, isThinking }) => ephemeralTo === WHO && !isThinking).map(discordBody),
  };
}
