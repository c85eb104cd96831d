import { systemClock } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SoonAsking } from "../../src/capabilities/sessions/compare/ask-soon.ts";
import { type DirectoryAnswer, Directories } from "../../src/capabilities/projects/per-directory.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let over: AbortController;
let late: DirectoryAnswer<unknown>[];
let broken: unknown[];
let api: OpencodeApiDouble;
let soon: SoonAsking;
let answering: Map<string, PromiseWithResolvers<string>>;

beforeEach(() => {
  over = new AbortController();
  [late, broken] = [[], []];
  api = new OpencodeApiDouble();
  answering = new Map();
  soon = new SoonAsking(new Directories(systemClock), {
    onLate: (answer) => late.push(answer),
    onBroken: (error) => broken.push(error),
    signal: over.signal,
    soonMs: 5,
  });
});
afterEach(() => over.abort());

/** Asks; directories named by a capital letter answer when the test lets them. */
async function ask(names: string): Promise<string[]> {
  const answers = await soon.ask(api, names, {
    about: "comparison",
    async ask(name) {
      if (name === name.toLowerCase()) return name;
      const answer = Promise.withResolvers<string>();
      answering.set(name, answer);
      return answer.promise;
    },
  });
  return answers.map(({ directory }) => directory);
}

describe("asking without waiting", () => {
  it("goes on without those that are late, and hears once of each that it has answered", async () => {
    expect(await ask("aBc")).toEqual(["a", "c"]);
    expect(late).toEqual([]);
    answering.get("B")?.resolve("B");
    await expect.poll(() => late).toEqual([{ directory: "B", ok: true, value: "B" }]);
  });

  it("does not ask one again that is still being asked, and does when it has failed", async () => {
    await ask("aB");
    const first = answering.get("B");
    expect(await ask("aB")).toEqual(["a"]);
    expect(answering.get("B")).toBe(first);
    first?.reject(new HalError("opencode_error", "broken"));
    await expect.poll(() => late).toMatchObject([{ directory: "B", ok: false, reason: "broken" }]);
    await ask("aB");
    expect(answering.get("B")).not.toBe(first);
  });

  it("says where opencode as a whole is gone", async () => {
    await ask("B");
    api.isUp = false;
    const gone = new HalError("opencode_unavailable", "gone");
    answering.get("B")?.reject(gone);
    await expect.poll(() => broken).toEqual([gone]);
    expect(late).toEqual([]);
  });

  it("hears nothing more when it is over", async () => {
    await ask("B");
    over.abort();
    answering.get("B")?.resolve("B");
    expect(await ask("B")).toEqual([]);
    expect([late, broken]).toEqual([[], []]);
  });
});
