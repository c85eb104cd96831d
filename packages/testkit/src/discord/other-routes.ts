import { judgeDiscordCommands } from "./judge-message.ts";
import { DiscordRefusal, refuseBody } from "./refusal.ts";
import type { DiscordRoute } from "./route.ts";
import { APPLICATION, BOT, type DiscordServer, GUILD } from "./server.ts";

const isOfBot = true;
const CONTENT_LIMITED = 1 << 19;

/** What is asked of the app itself, and of its server. */
export function otherRoutes(gatewayAddress: () => string): Readonly<Record<string, DiscordRoute>> {
  return {
    "GET /gateway/bot": {
      isOfBot,
      run: () => ({
        url: gatewayAddress(),
        shards: 1,
        session_start_limit: { total: 1_000, remaining: 999, reset_after: 14_400_000, max_concurrency: 1 },
      }),
    },
    "GET /users/@me": { isOfBot, run: () => shownBot() },
    "GET /applications/@me": {
      isOfBot,
      run: ({ server }) => ({
        id: APPLICATION,
        name: "HAL",
        flags: server.mayReadContent ? CONTENT_LIMITED : 0,
      }),
    },
    "GET /guilds/:id": { isOfBot, run: ({ server, ids }) => shownGuild(known(server, ids[0])) },
    "GET /guilds/:id/members/:id": {
      isOfBot,
      run({ server, ids }) {
        known(server, ids[0]);
        if (ids[1] !== BOT) throw new DiscordRefusal(404, 10007, "Unknown Member");
        return {
          user: shownBot(),
          roles: [],
          joined_at: "2026-01-01T00:00:00.000Z",
          deaf: false,
          mute: false,
          flags: 0,
        };
      },
    },
    "GET /applications/:id/guilds/:id/commands": {
      isOfBot,
      run: ({ server, ids }) => known(server, ids[1]).commands,
    },
    "PUT /applications/:id/guilds/:id/commands": {
      isOfBot,
      run({ server, ids, list }) {
        known(server, ids[1]);
        if (ids[0] !== APPLICATION) throw new DiscordRefusal(404, 10002, "Unknown Application");
        refuseBody(judgeDiscordCommands(list));
        server.commands = list as DiscordServer["commands"];
        return server.commands.map((one, index) => ({
          id: String(200_000 + index),
          application_id: APPLICATION,
          ...one,
        }));
      },
    },
  };
}

function known(server: DiscordServer, id: string | undefined): DiscordServer {
  if (id !== GUILD) throw new DiscordRefusal(404, 10004, "Unknown Guild");
  if (!server.isJoined) throw new DiscordRefusal(403, 50001, "Missing Access");
  return server;
}

export function shownBot(): Record<string, unknown> {
  return { id: BOT, username: "HAL", discriminator: "0", avatar: null, bot: true };
}

export function shownGuild(server: DiscordServer): Record<string, unknown> {
  const everyone = { id: GUILD, name: "@everyone", permissions: String(server.permissions), position: 0 };
  return { id: GUILD, name: "fleet", owner_id: "1", roles: [everyone], emojis: [], features: [] };
}
