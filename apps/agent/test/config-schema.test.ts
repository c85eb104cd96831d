import { readFileSync } from "node:fs";
import { ConfigProblems, describeConfig, parseConfig } from "@hal/daemon";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { changedDocuments } from "@hal/testkit";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { AgentConfig, trustIn } from "../src/config.ts";

const guide: unknown = JSON.parse(readFileSync(new URL("guide.config.json", import.meta.url), "utf8"));
const OF_ALL = { supervisor_url: "wss://host:8420", auth_token: "t" };
const PIN = "ab".repeat(32);

let fits: ValidateFunction;
beforeAll(async () => {
  const document = await describeConfig(AgentConfig, { id: "urn:test:config", title: "test", fillsIn: true });
  fits = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true }).compile(
    document as object,
  );
});

/** Whether the program takes it. */
function isTaken(value: unknown): boolean {
  try {
    parseConfig(AgentConfig, value, { env: { SET: "wss://set" } });
    return true;
  } catch (error) {
    if (error instanceof ConfigProblems) return false;
    throw error;
  }
}

describe("the JSON Schema of the agent's configuration", () => {
  it("takes the guide's document, word for word", () => {
    expect([fits(guide), fits.errors]).toEqual([true, null]);
  });

  it.each<[string, object]>([
    ["a schema that is named", { ...OF_ALL, $schema: "./x.json" }],
    ["a secret in a file", { supervisor_url: "ws://host", auth_token_file: "token" }],
    ["values in the environment", { supervisor_url: "${SET}", auth_token: "${SET}" }],
    ["a name in the environment", { ...OF_ALL, projects: [{ name: "${SET}", directory: "${SET}" }] }],
    ["an unknown key, which is warned about", { ...OF_ALL, zzz: true }],
    ["a pin", { ...OF_ALL, tls: { fingerprint: PIN.replaceAll(/../g, "$&:").slice(0, -1) } }],
    ["pins as openssl prints them", { ...OF_ALL, tls: { fingerprint: [`sha256 Fingerprint=${PIN}`, PIN] } }],
    [
      "variables and configuration of opencode",
      { ...OF_ALL, opencode: { env: { KEY: "${SET}" }, config: { a: [1] } } },
    ],
    ["limits", { ...OF_ALL, limits: { outbox_mb: 1.5, outbox_kept_hours: 0 } }],
  ])("takes %s", (_name, value) => {
    expect([fits(value), fits.errors]).toEqual([true, null]);
  });

  it.each<[string, object]>([
    ["no token", { supervisor_url: "ws://host" }],
    ["a switch of security that nothing would honour", { ...OF_ALL, tls: { ca: "x" } }],
    ["a limit that nothing would honour", { ...OF_ALL, limits: { outbox: 1 } }],
    ["a limit with which nothing works", { ...OF_ALL, limits: { outbox_events: 1 } }],
    ["a project without a directory", { ...OF_ALL, projects: [{ name: "p" }] }],
    ["a relative directory", { ...OF_ALL, projects: [{ name: "p", directory: "here" }] }],
  ])("refuses %s", (_name, value) => {
    expect([fits(value), isTaken(value)]).toEqual([false, false]);
  });

  it.each<[string, object]>([
    ["a pin for an address that is not encrypted", { supervisor_url: "ws://host", tls: { fingerprint: PIN } }],
    ["an authority for one", { supervisor_url: "http://host", tls: { ca_path: "ca.pem" } }],
    ["a pin that is none", { tls: { fingerprint: PIN.slice(1) } }],
    ["a pin and no judging", { tls: { fingerprint: PIN, insecure: true } }],
  ])("refuses %s, as the start does", (_name, changes) => {
    const value = { ...OF_ALL, ...changes };
    const { config } = parseConfig(AgentConfig, value, { env: {} });
    expect(() => trustIn(config, {})).toThrow(/^tls\./);
    expect(fits(value)).toBe(false);
  });

  it("finds what --validate finds, and nothing else", () => {
    const base = {
      ...(guide as object),
      supervisor_url: "wss://host:8420",
      node: { name: "n", labels: { a: "b" } },
      tls: { insecure: false },
      opencode: { command: "c", env: { A: "b" }, max_rss_mb: 7, max_restarts: 3, config: {} },
      limits: { outbox_events: 5_000, outbox_mb: 9 },
    };
    const documents = changedDocuments(base, [
      "",
      "8420",
      "https://host",
      "wss://host",
      "/srv",
      null,
      true,
      {},
      { a: 1 },
    ]);
    const outcomes = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(documents, (changed) => {
        const taken = isTaken(changed);
        outcomes[taken ? "taken" : "refused"] += 1;
        expect([fits(changed), JSON.stringify(changed)]).toEqual([taken, JSON.stringify(changed)]);
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(outcomes.taken, outcomes.refused)).toBeGreaterThan(100);
  });
});
