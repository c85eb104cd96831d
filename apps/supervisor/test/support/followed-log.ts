import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger, systemClock } from "@hal/daemon";
import { appendOwnEvents, newestEventId, openSupervisorStore, type SupervisorStore } from "@hal/store/supervisor";
import { EventLog } from "../../src/log/event-log.ts";
import type { Follower } from "../../src/log/follower.ts";
import { NamedFollowers } from "../../src/log/named-followers.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));

/** A log in a folder of its own, and the followers that follow it just now. */
export class FollowedLog implements AsyncDisposable {
  readonly folder: string;
  readonly lines: string[] = [];
  store!: SupervisorStore;
  events!: EventLog;
  followers: NamedFollowers | undefined;
  #told = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<FollowedLog> {
    const log = new FollowedLog(await mkdtemp(join(tmpdir(), "hal followed ")));
    await log.#start();
    return log;
  }

  /** The supervisor's own events of a type; what they are about is counted up. */
  async tell(count: number, type: "node.online" | "node.offline" = "node.online"): Promise<number> {
    const own = Array.from({ length: count }, () => {
      this.#told += 1;
      const about = { at: 1, sourceKey: `n${this.#told}` };
      const event =
        type === "node.online"
          ? { ...about, type, data: { hostname: "box" } }
          : { ...about, type, data: { reason: "offline" } };
      return { event };
    });
    await appendOwnEvents(this.store, own, 1);
    return newestEventId(this.store);
  }

  async follow(...list: readonly Follower[]): Promise<NamedFollowers> {
    const log = createLogger({ name: "test", destination: { write: (line) => void this.lines.push(line) } });
    const again = { baseMs: 2, maxMs: 10 };
    const options = { store: this.store, events: this.events, clock: systemClock, log, saveAfterMs: 5, again };
    this.followers = new NamedFollowers(options);
    await this.followers.begin(list);
    return this.followers;
  }

  /** Ends all that follows, and opens the log anew, as a restart does. */
  async restart(meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    await this.#stop();
    await this.#start();
    await meanwhile();
  }

  async #start(): Promise<void> {
    this.store = openSupervisorStore({ file: join(this.folder, "s.db"), migrations });
    const log = createLogger({ name: "test", destination: { write: () => undefined } });
    this.events = await EventLog.open(this.store, { log, onAppended: () => undefined });
  }

  async #stop(): Promise<void> {
    await this.followers?.[Symbol.asyncDispose]();
    this.followers = undefined;
    this.events[Symbol.dispose]();
    await this.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await rm(this.folder, { recursive: true });
  }
}
