import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { runCli } from "../../src/cli.ts";
import { terminal } from "../support/run.ts";

describe("halctl config schema", () => {
  it("prints what judges the file as halctl does, and explains each key", async () => {
    const { terminal: made, written } = terminal({ env: {} });
    expect(await runCli(["config", "schema"], made, "9.9.9")).toBe(0);
    const document = JSON.parse(written.out) as Record<string, unknown>;
    expect(document).toMatchObject({ $id: "urn:hal-o-swarm:halctl-config:9.9.9" });
    const fits = new Ajv2020({ strict: true, strictTypes: false }).compile(document);
    const context = { url: "wss://host:8420", token_file: "t", tls_fingerprint: ["ab"], insecure: false };
    expect(fits({ $schema: "x", current: "a", contexts: { a: context, b: { later: {} } } })).toBe(true);
    for (const wrong of [{ current: 1 }, { contexts: [] }, { contexts: { a: { url: 1 } } }, { contexts: { a: 1 } }])
      expect(fits(wrong)).toBe(false);
    expect(written.out.match(/"description"/g)?.length).toBe(9);
  });
});
