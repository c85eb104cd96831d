import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { APPLICATION, type DiscordDouble, GUILD, RIGHTS, startDiscord } from "../../src/index.ts";

const PLACE = "500000000000000001";
const ANN = "600000000000000001";
const MINUTE = 60_000;
const MESSAGES = `/channels/${PLACE}/messages`;

describe("Discord's double", () => {
  let discord: DiscordDouble;
  let now: number;
  beforeEach(async () => {
    now = Date.UTC(2026, 0, 1);
    discord = await startDiscord({ now: () => now });
    discord.server.addChannel(PLACE, "alerts");
  });
  afterEach(() => discord[Symbol.asyncDispose]());
  const ask = async (method: string, path: string, body?: object, token = discord.botToken) => {
    const response = await fetch(`${discord.apiUrl}/v10${path}`, {
      method,
      headers: { authorization: `Bot ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    return { status: response.status, type: response.headers.get("content-type"), ...answer };
  };
  const embed = (part: object) => ({ embeds: [part] });
  const buttons = (...components: readonly object[]) => ({ content: "x", components: [{ type: 1, components }] });
  const button = { type: 2, style: 1, label: "x", custom_id: "x" };

  test("takes a message, and hands it out without its nonce", async () => {
    const sent = await ask("POST", MESSAGES, { content: "hi", nonce: "1" });
    expect(sent).toMatchObject({ status: 200, content: "hi", nonce: "1" });
    const got = await ask("GET", MESSAGES);
    expect(JSON.stringify(got)).not.toContain("nonce");
  });

  test.each<[string, object, number]>([
    ["nothing", {}, 50_006],
    ["a content that is too long", { content: "x".repeat(2_001) }, 50_035],
    ["eleven embeds", { embeds: Array.from({ length: 11 }, () => ({ title: "x" })) }, 50_035],
    ["a description that is too long", embed({ description: "x".repeat(4_097) }), 50_035],
    ["a field without a value", embed({ fields: [{ name: "x", value: " " }] }), 50_035],
    [
      "embeds that are too long together",
      { embeds: [{ description: "x".repeat(3_001) }, { description: "x".repeat(3_000) }] },
      50_035,
    ],
    [
      "six buttons in a row",
      buttons(...Array.from({ length: 6 }, (_, id) => ({ ...button, custom_id: `${id}` }))),
      50_035,
    ],
    ["a button twice", buttons(button, button), 50_035],
    ["a label that is too long", buttons({ ...button, label: "x".repeat(81) }), 50_035],
    ["a link with an id", buttons({ ...button, style: 5 }), 50_035],
    ["mentions by kind and by id", { content: "x", allowed_mentions: { parse: ["users"], users: [ANN] } }, 50_035],
    ["a nonce that is too long", { content: "x", nonce: "x".repeat(26) }, 50_035],
  ])("refuses %s, and records it", async (_, body, code) => {
    expect(await ask("POST", MESSAGES, body)).toMatchObject({ status: 400, code });
    expect(discord.server.messages).toEqual([]);
    expect(discord.record.refused.map(({ name }) => name)).toEqual(["POST /channels/:id/messages"]);
  });

  test("says where in a body something is wrong", async () => {
    expect(await ask("POST", MESSAGES, embed({ title: "x".repeat(257) }))).toMatchObject({
      errors: { embeds: { 0: { title: { _errors: [{ message: "Must be 256 or fewer in length." }] } } } },
    });
  });

  test.each<[string, string, number, number]>([
    ["another channel", "/channels/500000000000000002/messages", 404, 10_003],
    ["a message that there is not", `${MESSAGES}/500000000000000002`, 404, 10_008],
    ["another server", "/guilds/100000000000000009", 404, 10_004],
    ["a route that there is not", "/shout", 404, 0],
  ])("knows no %s", async (_, path, status, code) => {
    expect(await ask("GET", path)).toMatchObject({ status, code });
  });

  test("takes no other token, and nothing without the right to it", async () => {
    expect(await ask("POST", MESSAGES, { content: "x" }, "other")).toMatchObject({ status: 401 });
    discord.server.permissions &= ~RIGHTS.sendMessages;
    expect(await ask("POST", MESSAGES, { content: "x" })).toMatchObject({ status: 403, code: 50_013 });
    discord.server.isJoined = false;
    expect(await ask("POST", MESSAGES, { content: "x" })).toMatchObject({ status: 403, code: 50_001 });
  });

  test("has the same nonce once within three minutes where that is asked for", async () => {
    const body = { content: "x", nonce: "n", enforce_nonce: true };
    await ask("POST", MESSAGES, body);
    await ask("POST", MESSAGES, body);
    expect(discord.server.messages).toHaveLength(1);
    now += 4 * MINUTE;
    await ask("POST", MESSAGES, body);
    expect(discord.server.messages).toHaveLength(2);
  });

  test("has one thread for a message, by its id; one that is archived wakes by a message, one that is locked never", async () => {
    const { id } = discord.server.say({ channel: PLACE, author: ANN, content: "x" });
    expect(await ask("POST", `${MESSAGES}/${id}/threads`, { name: "x" })).toMatchObject({ id, parent_id: PLACE });
    expect(await ask("POST", `${MESSAGES}/${id}/threads`, { name: "x" })).toMatchObject({ code: 160_004 });
    const thread = discord.server.channels.get(id);
    Object.assign(thread ?? {}, { isArchived: true });
    expect(await ask("POST", `/channels/${id}/messages`, { content: "x" })).toMatchObject({ status: 200 });
    expect(thread?.isArchived).toBe(false);
    Object.assign(thread ?? {}, { isLocked: true });
    expect(await ask("POST", `/channels/${id}/messages`, { content: "x" })).toMatchObject({ code: 160_005 });
  });

  test("an interaction is acknowledged once, within three seconds, and answered for a quarter of an hour", async () => {
    const done = discord.person(ANN).command(PLACE, ["status"]);
    const [one] = discord.server.interactions.values();
    const hook = `/webhooks/${APPLICATION}/${String(one?.token)}`;
    const callback = `/interactions/${String(one?.id)}/${String(one?.token)}/callback`;
    expect(await ask("PATCH", `${hook}/messages/%40original`, { content: "x" })).toMatchObject({ code: 10_015 });
    expect(await ask("POST", callback, { type: 6 })).toMatchObject({ code: 50_035 });
    expect(await ask("POST", callback, { type: 5, data: { flags: 64 } })).toEqual({ status: 204, type: null });
    expect(await done).toMatchObject({ isAcknowledged: true });
    expect(await ask("POST", callback, { type: 5 })).toMatchObject({ status: 400, code: 40_060 });
    expect(await ask("PATCH", `${hook}/messages/%40original`, { content: "x" })).toMatchObject({ status: 200 });
    now += 16 * MINUTE;
    expect(await ask("POST", hook, { content: "x" })).toMatchObject({ status: 401, code: 50_027 });
  });

  test("an acknowledgement that comes later is refused", async () => {
    void discord.person(ANN).command(PLACE, ["status"]);
    const [one] = discord.server.interactions.values();
    now += 3_001;
    const callback = `/interactions/${String(one?.id)}/${String(one?.token)}/callback`;
    expect(await ask("POST", callback, { type: 5 })).toMatchObject({ status: 404, code: 10_062 });
  });

  test.each<[string, readonly object[]]>([
    ["a name that is none", [{ name: "Up", description: "x" }]],
    ["no description", [{ name: "x", description: "" }]],
    [
      "what is needed after what is not",
      [
        {
          name: "x",
          description: "x",
          options: [
            { type: 3, name: "a", description: "x" },
            { type: 3, name: "b", description: "x", required: true },
          ],
        },
      ],
    ],
    ["too many", Array.from({ length: 101 }, (_, index) => ({ name: `c${index}`, description: "x" }))],
  ])("refuses commands with %s", async (_, commands) => {
    const path = `/applications/${APPLICATION}/guilds/${GUILD}/commands`;
    expect(await ask("PUT", path, commands)).toMatchObject({ status: 400, code: 50_035 });
    expect(discord.server.commands).toEqual([]);
  });

  test("its record is read by people", async () => {
    await ask("POST", MESSAGES, { content: "a\nhttps://x.example" });
    await ask("POST", MESSAGES, {});
    expect(discord.record.text()).toBe(
      [
        `→ POST /channels/:id/messages id=${PLACE} content=a\\nhttps://x.example (unfurls https://x.example)`,
        `→ POST /channels/:id/messages id=${PLACE} REFUSED 50006 Cannot send an empty message`,
      ].join("\n"),
    );
  });
});
