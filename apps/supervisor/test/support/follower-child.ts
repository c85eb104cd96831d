// A follower that is killed at any moment: it says what it has done, and up to where that is on the disk.
import { writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createLogger, systemClock } from "@hal/daemon";
import { appendOwnEvents, openSupervisorStore } from "@hal/store/supervisor";
import { EventLog } from "../../src/log/event-log.ts";
import { NamedFollowers } from "../../src/log/named-followers.ts";

const [file = "", most = "0"] = process.argv.slice(2);
const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));
const say = (line: string): void => void writeSync(1, `${line}\n`);

const store = openSupervisorStore({ file, migrations });
const log = createLogger({ name: "test", destination: { write: () => undefined } });
const events = await EventLog.open(store, { log, onAppended: () => undefined });
const onSaved = (place: number): void => say(`kept ${place}`);
const followers = new NamedFollowers({ store, events, clock: systemClock, log, saveAfterMs: 1, onSaved });
/** Takes its time, so that a place that moved too early would be on the disk before the event is done. */
async function handle({ id }: { readonly id: number }): Promise<void> {
  await delay(id % 4 === 0 ? 15 : 1);
  say(`done ${id}`);
}
await followers.begin([{ name: "killed", handle }]);
say("ready");

for (let told = 0; told < Number(most); told += 1) {
  const event = { type: "node.online", at: told, data: { hostname: "box" } } as const;
  const burst = Array.from({ length: 1 + (told % 5) }, () => ({ event }));
  await appendOwnEvents(store, burst, told);
  await delay(10);
}
while (followers.reports.some(({ lagEvents }) => lagEvents > 0)) await delay(1);
await followers[Symbol.asyncDispose]();
say(`end ${events.newestId}`);
events[Symbol.dispose]();
await store.close();
