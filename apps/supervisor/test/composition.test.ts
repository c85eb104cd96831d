import { Closers } from "@hal/daemon";
import { describe, expect, it } from "vitest";
import { capability, type Start } from "../src/capabilities/capability.ts";
import { Composition } from "../src/capabilities/composition.ts";
import type { SupervisorConfig } from "../src/config.ts";
import type { Kernel } from "../src/kernel.ts";
import type { Caller } from "../src/operations/handler.ts";
import { OperationTable } from "../src/operations/table.ts";

interface Lower extends Kernel {
  readonly ground: string;
}
interface Upper extends Lower {
  readonly house: string;
}

const kernel = { version: "1.2.3" } as Kernel;
const start = (): Start => ({ closers: new Closers() }) as unknown as Start;
const caller = {} as Caller;

describe("a composition of capabilities", () => {
  it("opens from below, and each sees what those below it added", async () => {
    const lower = capability<Kernel, Lower>()({
      name: "lower",
      open: ({ version }) => ({ ground: `rock ${version}` }),
    });
    const upper = capability<Lower, Upper>()({
      name: "upper",
      open: async ({ ground }) => ({ house: `on ${ground}` }),
    });
    const opened = await Composition.begin().with(lower).with(upper).open(kernel, start());
    expect(opened.context).toEqual({ version: "1.2.3", ground: "rock 1.2.3", house: "on rock 1.2.3" });
  });

  it("answers an operation with the whole of its capability's context", async () => {
    const one = capability<Kernel, Lower>()({
      name: "one",
      open: () => ({ ground: "rock" }),
      handlers: { "whoami.get": async ({ ground }) => ({ actor: ground }) as never },
    });
    const table = new OperationTable();
    (await Composition.begin().with(one).open(kernel, start())).bindTo(table);
    expect(await table.handler("whoami.get")({}, caller)).toEqual({ actor: "rock" });
    expect(() => table.stream("whoami.get")).toThrow("whoami.get is not a stream");
  });

  it("does not start where two answer the same operation", async () => {
    const one = capability<Kernel>()({ name: "one", handlers: { "whoami.get": async () => ({}) as never } });
    const opened = await Composition.begin().with(one).with(one).open(kernel, start());
    expect(() => opened.bindTo(new OperationTable())).toThrow("two capabilities answer whoami.get");
  });

  it("reloads from below, and keeps what must be kept from above", async () => {
    const said: string[] = [];
    const named = (name: string) =>
      capability<Kernel>()({
        name,
        reload: (_context, { changed }) => void said.push(`${name}: ${changed.join()}`),
        beforeLinksEnd: () => void said.push(`${name} ends`),
      });
    const begun = start();
    const opened = await Composition.begin().with(named("lower")).with(named("upper")).open(kernel, begun);
    await opened.reload({ next: {} as SupervisorConfig, changed: ["server.auth_token"] });
    opened.addEndings();
    await begun.closers[Symbol.asyncDispose]();
    expect(said).toEqual(["lower: server.auth_token", "upper: server.auth_token", "upper ends", "lower ends"]);
  });
});
