import { type DiscordFault, startDiscord } from "@hal/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Channel, openDiscord, type Post, type Posted } from "../../src/index.ts";
import { until } from "../support/until.ts";

const NOTICES = 500;
const FAULTS: readonly DiscordFault[] = [
  { kind: "rate_limited", retryAfterS: 0.001 },
  { kind: "status", status: 502 },
  { kind: "broken_before" },
  { kind: "broken_after" },
  { kind: "status", status: 504 },
];

async function deliver(channel: Channel, post: Post): Promise<Posted> {
  const posted = await until(
    () => channel.post(post),
    () => channel.find(post),
  );
  const message = { ...post.message, title: `${post.ref} done` };
  await until(
    () => channel.edit({ posted, message }),
    async () => undefined,
  );
  return posted;
}

test("of 500 messages to a Discord that drops, breaks and refuses at random, each is there once, in its final state", async () => {
  const chances = fc.sample(fc.integer({ min: 0, max: 3 * FAULTS.length }), { numRuns: 10_000, seed: 7 });
  await using discord = await startDiscord();
  discord.server.addChannel(PLACE, "alerts");
  let count = 0;
  discord.faults.decide = () => FAULTS[chances[count++ % chances.length] ?? -1];
  await using channel = await openDiscord({ botToken: discord.botToken, apiUrl: discord.apiUrl });
  const refs = Array.from({ length: NOTICES }, (_, index) => `ref-${index}`);
  for (const ref of refs) await deliver(channel, { ref, place: PLACE, message: { title: ref, tone: "warn" } });
  const lines = discord.server.messages.map(({ embeds }) => (embeds[0] as { author: { name: string } }).author.name);
  expect(lines).toEqual(refs.map((ref) => `🟡 ATTENTION ${ref} done`));
  expect(discord.record.refused.length).toBeGreaterThan(NOTICES / 10);
}, 240_000);

const PLACE = "500000000000000001";
