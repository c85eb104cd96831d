import { GUILD, RIGHTS } from "@hal/testkit";
import { describe, expect, test } from "vitest";
import { DISCORD_INTENTS, DISCORD_PERMISSIONS, discordInviteUrl } from "../../src/index.ts";
import { permissionsIn } from "../../src/discord/check-discord.ts";
import { discordIntents } from "../../src/discord/discord-permissions.ts";

const ROLE = "700000000000000001";
const ME = "100000000000000003";
const SEND = RIGHTS.sendMessages;
const VIEW = RIGHTS.viewChannel;

describe("what an app on Discord has to be allowed", () => {
  test("is in the link that puts it onto a server", () => {
    const url = new URL(discordInviteUrl("100000000000000002", GUILD));
    const permissions = BigInt(url.searchParams.get("permissions") ?? 0);
    expect(DISCORD_PERMISSIONS.filter(({ bit }) => (permissions & bit) === 0n)).toEqual([]);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: "100000000000000002",
      guild_id: GUILD,
      scope: "bot applications.commands",
    });
  });

  test("is privileged only where it reads what is written", () => {
    const privileged = DISCORD_INTENTS.filter(({ isPrivileged = false }) => isPrivileged);
    expect(privileged.map(({ name }) => name)).toEqual(["Message Content"]);
    expect([discordIntents(false), discordIntents(true)]).toEqual([513, 513 + 32_768]);
  });

  const overwrite = (id: string, allow: bigint, deny: bigint) => ({ id, allow: String(allow), deny: String(deny) });
  test.each<[string, bigint, bigint, readonly ReturnType<typeof overwrite>[], bigint]>([
    ["all of its roles", VIEW, SEND, [], VIEW | SEND],
    ["less in a channel, for everybody", VIEW | SEND, 0n, [overwrite(GUILD, 0n, SEND)], VIEW],
    ["again for its role", VIEW, 0n, [overwrite(GUILD, 0n, VIEW), overwrite(ROLE, VIEW | SEND, 0n)], VIEW | SEND],
    ["last for itself", VIEW, SEND, [overwrite(ROLE, SEND, 0n), overwrite(ME, 0n, SEND)], VIEW],
    ["nothing of other roles", VIEW, 0n, [overwrite("700000000000000009", SEND, 0n)], VIEW],
    ["all of it as an administrator", RIGHTS.administrator, 0n, [overwrite(GUILD, 0n, SEND)], ~0n],
  ])("is held by %s", (_, everybody, role, overwrites, expected) => {
    const roles = [
      { id: GUILD, permissions: String(everybody) },
      { id: ROLE, permissions: String(role) },
    ] as Parameters<typeof permissionsIn>[0]["roles"];
    expect(permissionsIn({ id: GUILD, owner_id: "1", roles }, { roles: [ROLE] }, ME, overwrites)).toBe(expected);
  });
});
