import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { acknowledge, openAgentStore, outboxDepth, outboxPosition, record } from "../../src/agent/index.ts";
import { expect, it } from "vitest";

const migrations = fileURLToPath(new URL("../../migrations/agent", import.meta.url));

// I1
it("an acknowledgement that comes behind a later one takes nothing of that back", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hal outbox "));
  const store = openAgentStore({ file: join(folder, "agent.db"), migrations });
  const { epoch } = await outboxPosition(store);
  const told = (at: number) => ({ type: "session.busy" as const, at, session: "ses_1", project: "p", data: {} });
  await record(store, [1, 2, 3, 4, 5].map(told), []);
  for (const seq of [4, 2, 4]) await acknowledge(store, epoch, seq, 10);
  expect(await outboxPosition(store)).toMatchObject({ acked: 4, lastSeq: 5 });
  expect(await outboxDepth(store)).toMatchObject({ depth: 1 });
  const one = (await outboxDepth(store)).bytes;
  await acknowledge(store, epoch, 5, 10);
  expect(one).toBeGreaterThan(0);
  expect(await outboxDepth(store)).toMatchObject({ depth: 0, bytes: 0 });
  store.sqlite.close();
  await rm(folder, { recursive: true });
});
