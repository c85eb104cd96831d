import { fileURLToPath } from "node:url";
import { openSupervisorStore, setAsideEvent } from "@hal/store/supervisor";
import type { Stage } from "./start.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));

/** Restarts the supervisor, and finds there events that the journal tried in vain for long enough. */
export async function setAside(stage: Stage, ...eventIds: readonly number[]): Promise<void> {
  await stage.restart(async () => {
    const store = openSupervisorStore({ file: stage.database, migrations });
    for (const eventId of eventIds)
      await setAsideEvent(store, { follower: "journal", eventId, reason: "the disk was full", attempts: 10, at: 1 });
    await store.close();
  });
}
