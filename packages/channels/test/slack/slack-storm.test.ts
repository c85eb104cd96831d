import { type SlackFault, startSlack } from "@hal/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Channel, openSlack, type Post, type Posted } from "../../src/index.ts";
import { until } from "../support/until.ts";

const NOTICES = 500;
const FAULTS: readonly SlackFault[] = [
  { kind: "rate_limited", retryAfterS: 1 },
  { kind: "status", status: 502 },
  { kind: "broken_before" },
  { kind: "broken_after" },
  { kind: "refused", error: "internal_error" },
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

test("of 500 messages to a Slack that drops, breaks and refuses at random, each is there once, in its final state", async () => {
  const chances = fc.sample(fc.integer({ min: 0, max: 3 * FAULTS.length }), { numRuns: 10_000, seed: 7 });
  await using slack = await startSlack();
  slack.workspace.addChannel("C1", "alerts");
  let count = 0;
  slack.faults.decide = () => FAULTS[chances[count++ % chances.length] ?? -1];
  const channel = await openSlack({ botToken: slack.botToken, mode: "socket", apiUrl: slack.apiUrl });
  const refs = Array.from({ length: NOTICES }, (_, index) => `ref-${index}`);
  for (const ref of refs) await deliver(channel, { ref, place: "C1", message: { title: ref, tone: "warn" } });
  expect(slack.workspace.messages.map(({ text }) => text)).toEqual(refs.map((ref) => `🟡 ATTENTION ${ref} done`));
  expect(slack.record.refused.length).toBeGreaterThan(NOTICES / 10);
});
