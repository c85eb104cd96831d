import { readFile } from "node:fs/promises";
import { parseConfig } from "@hal/daemon";
import { describe, expect, it } from "vitest";
import { adviceOn, AgentConfig, trustIn, wrongFile } from "../src/config.ts";

describe("the configuration", () => {
  it("takes the deployment guide's file as it stands", async () => {
    const guide = JSON.parse(await readFile(new URL("guide.config.json", import.meta.url), "utf8")) as unknown;
    const { config, warnings } = parseConfig(AgentConfig, guide, { env: {} });
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({ supervisor_url: "ws://supervisor-host:8420", opencode_port: 4096 });
    expect(config.projects.map(({ name }) => name)).toEqual(["project-1", "project-2"]);
  });

  const pin = "ab".repeat(32);
  const configured = (url: string, tls: object): AgentConfig =>
    parseConfig(AgentConfig, { supervisor_url: url, auth_token: "t", tls }, { env: {} }).config;

  it("knows the supervisor by one pin or several, and warns where it shall be known by nothing", () => {
    for (const fingerprint of [pin, [pin, pin.toUpperCase()]])
      expect(trustIn(configured("wss://h", { fingerprint }), {}).fingerprints[0]).toBe(pin);
    expect(adviceOn(configured("wss://h", { fingerprint: pin }))).toEqual([]);
    expect(adviceOn(configured("wss://h", { insecure: true }))[0]).toContain("NOT checked");
  });

  it.each<[string, object, object, string]>([
    [
      "wss://h",
      { fingerprnt: pin },
      {},
      "tls.fingerprnt: is no setting, and nothing would honour it; did you mean fingerprint?",
    ],
    ["wss://h", { insecure: "no" }, {}, "tls.insecure: must be true or false"],
    ["wss://h", { fingerprint: [] }, {}, "tls.fingerprint: "],
    [
      "ws://h",
      { fingerprint: pin },
      {},
      "tls.fingerprint: cannot be honoured, because supervisor_url ws://h is not encrypted",
    ],
    ["wss://h", {}, { HAL_CA_FILE: "/nowhere" }, "HAL_CA_FILE: cannot read /nowhere: ENOENT"],
    ["wss://h", { insecure: true }, { HAL_CA_FILE: "/nowhere" }, "HAL_CA_FILE and tls.insecure contradict each other"],
  ])("stops the start where a switch of security cannot be honoured: %s %j %j", (url, tls, env, text) => {
    expect(() => trustIn(configured(url, tls), { ...env })).toThrow(text);
  });

  it("takes no harm from an authority in the environment where nothing is encrypted", () => {
    expect(trustIn(configured("ws://h", {}), { HAL_CA_FILE: "/nowhere" }).authorities()).toBeUndefined();
  });

  it("knows a supervisor's file when it sees one", () => {
    expect(wrongFile({ server: { port: 8420 } })).toContain("supervisor's configuration");
    expect(wrongFile({ supervisor_url: "ws://x" })).toBeUndefined();
  });
});
