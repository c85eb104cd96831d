import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openSupervisorStore, type SupervisorStore } from "@hal/store/supervisor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Context } from "../../src/capabilities/holds/context.ts";
import { hold } from "../../src/capabilities/holds/hold.ts";
import { Held } from "../../src/capabilities/nodes/held.ts";
import type { Caller } from "../../src/operations/handler.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));

let folder: string;
let store: SupervisorStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hal holds "));
  store = openSupervisorStore({ file: join(folder, "s.db"), migrations });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

/** Holds the fleet, with a database that writes when it is let. */
function holding() {
  const gate = Promise.withResolvers<void>();
  const writer = {
    run: async (request: never): Promise<unknown> => {
      await gate.promise;
      return store.writer.run(request);
    },
  };
  const held = new Held(store);
  const log = { warn: () => undefined };
  const context = { store: { ...store, writer }, held, clock: { now: () => 1 }, links: { all: () => [] }, log };
  const caller = { actor: "ann", idempotencyKey: undefined } as Caller;
  const done = hold(context as unknown as Context, caller, { nodeId: undefined, project: undefined });
  return { held, gate, done };
}

// I23
describe("a hold that is being written", () => {
  it("refuses already, so that a start that comes meanwhile is not found too late", async () => {
    const { held, gate, done } = holding();
    expect(held.refusing("n1", "p1")).toMatchObject([{ createdBy: "ann" }]);
    expect(held.standing).toEqual([]);
    gate.resolve();
    const id = await done;
    expect(held.standing).toMatchObject([{ id }]);
    expect(held.refusing("n1", "p1")).toHaveLength(1);
  });

  it("refuses nothing any more where it could not be written", async () => {
    const { held, gate, done } = holding();
    gate.reject(new Error("the disk is full"));
    await expect(done).rejects.toThrow("the disk is full");
    expect(held.refusing("n1", "p1")).toEqual([]);
  });
});
