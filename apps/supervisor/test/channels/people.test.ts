import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSupervisorStore, type SupervisorStore } from "@hal/store/supervisor";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { calledFor, rememberName } from "../../src/capabilities/channels/people.ts";
import { until } from "../support/until.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));

let folder: string;
let store: SupervisorStore;
const warn = vi.fn<(fields: object, text: string) => void>();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hal people "));
  store = openSupervisorStore({ file: join(folder, "s.db"), migrations });
  warn.mockClear();
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const remember = (id: string, handle: string | undefined): void =>
  rememberName({ store, clock: { now: () => 1 }, log: { warn } } as never, "slack", { id, handle });
const called = (actor: string): string => calledFor({ store }, actor);

describe("somebody of a platform", () => {
  it("is called by the name that they had there last, and by their id as long as nobody knows one", async () => {
    expect(called("slack:U1")).toBe("slack:U1");
    remember("U1", undefined);
    remember("U1", "ann");
    await until(() => expect(called("slack:U1")).toBe("ann on Slack"));
    remember("U1", "ann b.");
    await until(() => expect(called("slack:U1")).toBe("ann b. on Slack"));
    remember("U1", " ");
    expect([called("slack:U1"), called("discord:U1"), called("token:ops")]).toEqual([
      "ann b. on Slack",
      "discord:U1",
      "token:ops",
    ]);
    expect(warn).not.toHaveBeenCalled();
  });

  it("has a name of one short line in which everything can be seen", async () => {
    remember("U1", `ann\n\u202Egnp.exe ${"x".repeat(500)}`);
    await until(() => expect(called("slack:U1")).toMatch(/^ann↵\\u\{202e\}gnp\.exe x+… on Slack$/));
    expect(called("slack:U1").length).toBeLessThanOrEqual(80 + " on Slack".length);
  });
});
