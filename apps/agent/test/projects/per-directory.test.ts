import { HalError } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import {
  type DirectoryAnswer,
  type DirectoryQuestion,
  Directories,
} from "../../src/capabilities/projects/per-directory.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

const never = new Promise<never>(() => undefined);
let now = 0;
const clock = { now: () => now, monotonic: () => now };

function asking(times: Partial<ConstructorParameters<typeof Directories>[1] & object> = {}) {
  const directories = new Directories(clock, { atOnce: 2, slowMs: 10_000, mostMs: 10_000, ...times });
  const api = new OpencodeApiDouble();
  const changes: string[] = [];
  directories.onChange = () => changes.push(JSON.stringify([...directories.failing]));
  const ask = (names: string, how: DirectoryQuestion<string>["ask"], about = "statuses") =>
    directories.askAll(api, names, { about, ask: how });
  return { directories, api, changes, ask };
}

const spoken = (answers: readonly DirectoryAnswer<string>[]): Record<string, string> =>
  Object.fromEntries(answers.map((answer) => [answer.directory, answer.ok ? answer.value : answer.reason]));

describe("one directory's failure", () => {
  it.each<[string, () => Promise<never>, RegExp]>([
    ["a status", () => Promise.reject(new HalError("opencode_error", "opencode answered 400")), /answered 400/],
    ["a cut connection", () => Promise.reject(new HalError("opencode_unavailable", "the socket hung up")), /hung up/],
    ["silence", () => never, /did not answer within 0.02 s/],
  ])("by %s is its own, and the others answer", async (_how, fails, reason) => {
    const { ask, directories } = asking({ mostMs: 20 });
    const answers = spoken(await ask("abc", async (name) => (name === "b" ? fails() : `${name} is fine`)));
    expect(answers).toEqual({ a: "a is fine", b: expect.stringMatching(reason), c: "c is fine" });
    expect([...directories.failing.keys()]).toEqual(["b"]);
  });

  it("of an opencode that is gone as a whole is nobody's own", async () => {
    const { api, ask, directories } = asking();
    api.isUp = false;
    const cut = new HalError("opencode_unavailable", "connection refused");
    await expect(ask("ab", () => Promise.reject(cut))).rejects.toBe(cut);
    expect(directories.failing.size).toBe(0);
  });

  it("that is a fault of this program is thrown, not told as a state", async () => {
    const { ask } = asking();
    await expect(ask("a", () => Promise.reject(new TypeError("x is undefined")))).rejects.toThrow(TypeError);
  });

  it("is told once, with the time at which it began, and once more when it is over", async () => {
    const { ask, changes } = asking();
    const fails = () => Promise.reject(new HalError("opencode_error", "broken"));
    now = 5;
    await ask("a", fails);
    now = 9;
    await ask("a", fails);
    await ask("a", async () => "fine");
    await ask("a", async () => "fine");
    expect(changes).toEqual([JSON.stringify([["a", { reason: "broken", since: 5 }]]), "[]"]);
  });

  it("at one question is not over because another one is answered", async () => {
    const { ask, directories } = asking();
    await ask("a", () => Promise.reject(new HalError("opencode_error", "broken")), "permissions");
    await ask("a", async () => "fine", "statuses");
    expect(directories.problemOf("a")?.reason).toBe("broken");
    directories.keepOnly(new Set(["b"]));
    expect(directories.problemOf("a")).toBeUndefined();
  });
});

describe("asking side by side", () => {
  it("has no more than so many at once, and answers come in their order of coming", async () => {
    const { ask } = asking();
    const open = new Map<string, (value: string) => void>();
    let most = 0;
    const all = ask("abcd", (name) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      open.set(name, resolve);
      most = Math.max(most, open.size);
      return promise.finally(() => open.delete(name));
    });
    for (const name of "badc") {
      await expect.poll(() => open.has(name)).toBe(true);
      open.get(name)?.(name);
    }
    expect((await all).map(({ directory }) => directory)).toEqual(["b", "a", "d", "c"]);
    expect(most).toBe(2);
  });

  it("is held up by none that hang, however many there are", async () => {
    const { directories, api } = asking({ slowMs: 5 });
    const heard: string[] = [];
    const question = { about: "statuses", ask: (name: string) => (name < "e" ? never : Promise.resolve(name)) };
    for await (const { directory } of directories.ask(api, "abcdefg", question)) {
      heard.push(directory);
      if (heard.length === 3) break;
    }
    expect(heard).toEqual(["e", "f", "g"]);
  });

  it("asks those that failed before last, and lets go of what is not waited for", async () => {
    const { directories, api, ask } = asking({ atOnce: 1 });
    await ask("a", () => Promise.reject(new HalError("opencode_error", "broken")));
    const asked: string[] = [];
    let gone: AbortSignal | undefined;
    const question = {
      about: "statuses",
      async ask(name: string, signal: AbortSignal) {
        asked.push(name);
        if (name !== "c") return name;
        gone = signal;
        return never;
      },
    };
    for await (const { directory } of directories.ask(api, "abc", question)) if (directory === "b") break;
    expect(asked[0]).toBe("b");
    await expect.poll(() => gone?.aborted ?? true).toBe(true);
    expect(asked).not.toContain("a");
  });
});
