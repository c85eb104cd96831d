import { readFileSync } from "node:fs";
import { ConfigProblems, describeConfig, parseConfig } from "@hal/daemon";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { changedDocuments } from "@hal/testkit";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { SupervisorConfig } from "../src/config.ts";

const guide: unknown = JSON.parse(readFileSync(new URL("guide.config.json", import.meta.url), "utf8"));
const SERVER = { auth_token: "t" };

let fits: ValidateFunction;
beforeAll(async () => {
  const document = await describeConfig(SupervisorConfig, { id: "urn:test:config", title: "test", fillsIn: true });
  fits = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true }).compile(
    document as object,
  );
});

/** Whether the program takes it. */
function isTaken(value: unknown): boolean {
  try {
    parseConfig(SupervisorConfig, value, { env: { SET: "https://set" } });
    return true;
  } catch (error) {
    if (error instanceof ConfigProblems) return false;
    throw error;
  }
}

describe("the JSON Schema of the supervisor's configuration", () => {
  it("takes the guide's document, word for word", () => {
    expect([fits(guide), fits.errors]).toEqual([true, null]);
  });

  it.each<[string, object]>([
    ["a schema that is named", { $schema: "./x.json", server: SERVER }],
    ["a secret in a file", { server: { auth_token_file: "token" } }],
    ["a secret in the environment", { server: { auth_token: "${SET}" } }],
    ["a pattern in the environment", { server: SERVER, security: { origin_allowlist: ["${SET}"] } }],
    ["an unknown key, which is warned about", { server: { ...SERVER, prot: 1 }, zzz: true }],
    ["any origin of a port", { server: SERVER, security: { origin_allowlist: ["http://localhost:*"] } }],
    ["TLS", { server: SERVER, security: { tls: { enabled: true, cert_path: "c", key_path: "k" } } }],
    ["limits", { server: SERVER, limits: { strangers: 50, hello_timeout_sec: 1.5 } }],
  ])("takes %s", (_name, value) => {
    expect([fits(value), fits.errors]).toEqual([true, null]);
  });

  it.each<[string, object]>([
    ["no token", { server: {} }],
    ["a switch of security that nothing would honour", { server: SERVER, security: { tsl: {} } }],
    ["a limit that nothing would honour", { server: SERVER, limits: { stranger: 50 } }],
    ["a limit with which nothing works", { server: SERVER, limits: { http_body_bytes: 1 } }],
    ["an origin with a path", { server: SERVER, security: { origin_allowlist: ["https://host/path"] } }],
    ["an origin that matches nothing", { server: SERVER, security: { origin_allowlist: ["wss://host"] } }],
    ["TLS without a certificate", { server: SERVER, security: { tls: { enabled: true } } }],
    ["TLS with an empty path", { server: SERVER, security: { tls: { enabled: true, cert_path: "", key_path: "k" } } }],
  ])("refuses %s", (_name, value) => {
    expect(fits(value)).toBe(false);
  });

  it("finds what --validate finds, and nothing else", () => {
    const base = { ...(guide as object), database: { path: "p" }, limits: { strangers: 20, live_watchers: 9 } };
    const documents = changedDocuments(base, [
      "",
      "8420",
      "${SET}",
      "https://host",
      "wss://host",
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
