import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, hashSecret } from "@hal/daemon";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SavedTokens, nextToken, tokensToTry } from "../../src/uplink/domain/token-choice.ts";
import { Credentials } from "../../src/uplink/identity/credentials.ts";
import { savedTokenFile, type SavedTokenFile } from "../../src/uplink/identity/saved-token-file.ts";

const token: fc.Arbitrary<string> = fc.constantFrom("a", "b", "c");
const kept: fc.Arbitrary<SavedTokens | undefined> = fc.option(
  fc.record({
    tokens: fc.uniqueArray(token, { maxLength: 2 }),
    insteadOf: token,
    host: fc.constantFrom("here", "there"),
  }),
  { nil: undefined },
);
const configured = token.map((name) => ({ token: name, hash: name, host: "here" }));

describe("the tokens to try", () => {
  it("hold the configured one always, each once, and none that another host handed out", () => {
    fc.assert(
      fc.property(configured, kept, (config, file) => {
        const tokens = tokensToTry(config, file);
        expect(tokens).toContain(config.token);
        expect(new Set(tokens).size).toBe(tokens.length);
        const allowed = [config.token, ...(file?.host === "here" ? file.tokens : [])];
        expect(tokens.filter((known) => !allowed.includes(known))).toEqual([]);
      }),
    );
  });

  it("begin with what was handed out, and with the configured one where that was changed since", () => {
    const file = { tokens: ["new", "between"], insteadOf: "#old", host: "here" };
    const config = { token: "old", hash: "#old", host: "here" };
    expect(tokensToTry(config, file)).toEqual(["new", "between", "old"]);
    expect(tokensToTry({ token: "mine", hash: "#mine", host: "here" }, file)).toEqual(["mine", "new", "between"]);
    expect(tokensToTry({ ...config, host: "elsewhere" }, file)).toEqual(["old"]);
  });

  it("lead to one that is accepted before there is a pause, wherever it stands", () => {
    fc.assert(
      fc.property(configured, kept, fc.uniqueArray(token), fc.option(token), (config, file, accepted, worked) => {
        const tokens = tokensToTry(config, file);
        const refused = new Set<string>();
        const dial = (): string | undefined => nextToken(tokens, { worked: worked ?? undefined, refused });
        let next = dial();
        while (next !== undefined && !accepted.includes(next)) {
          refused.add(next);
          next = dial();
        }
        expect(next === undefined).toBe(!tokens.some((known) => accepted.includes(known)));
      }),
    );
  });
});

describe("an agent's credentials", () => {
  let folder: string;
  let file: SavedTokenFile;
  const lines: string[] = [];
  const of = (configuredToken: string, url = "ws://hal:8420"): Credentials =>
    new Credentials({ token: configuredToken, url }, file);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hal tokens "));
    file = savedTokenFile(
      folder,
      createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } }),
    );
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("are a token that was handed out, also after a restart, in a file for the agent alone", () => {
    of("old").save("new");
    expect(statSync(join(folder, "token.json")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, "token.json"), "utf8")).not.toContain('"old"');
    expect(of("old").next()).toBe("new");
    expect(of("old", "wss://hal:8420").next()).toBe("new");
    expect(of("old", "ws://another:8420").next()).toBe("old");
  });

  it("are the configured one again when that works after it was changed, and what was handed out goes", () => {
    of("old").save("new");
    const changed = of("by-hand");
    expect(changed.next()).toBe("by-hand");
    changed.accepted("by-hand");
    expect(file.read()).toBeUndefined();
  });

  it("lock nobody out where the changed configuration is wrong: what works is gone on with", () => {
    of("old").save("new");
    const changed = of("wrong");
    expect(changed.refused("wrong")).toBe(true);
    expect(changed.next()).toBe("new");
    changed.accepted("new");
    expect(changed.next()).toBe("new");
    expect(changed.refused("new")).toBe(true);
    expect(changed.refused("wrong")).toBe(false);
    expect(changed.next()).toBe("wrong");
  });

  it("survive a damaged file, by the configured token", () => {
    of("old").save("new");
    writeFileSync(join(folder, "token.json"), '{"tokens":["ne');
    expect(of("old").next()).toBe("old");
    expect(lines.join("")).toContain("is damaged");
  });

  it("know the configured token by its hash alone", () => {
    of("old").save("new");
    expect(file.read()?.insteadOf).toBe(hashSecret("old"));
  });
});
