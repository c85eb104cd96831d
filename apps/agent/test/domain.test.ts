import { readFile } from "node:fs/promises";
import { parseConfig } from "@hal/daemon";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adviceOn, AgentConfig, trustIn, wrongFile } from "../src/config.ts";
import { cutText } from "../src/capabilities/sessions/domain/messages/message-assembly.ts";
import { opencodeMessageId } from "../src/opencode/v1/message-id.ts";
import { retryAfter } from "../src/uplink/domain/retry.ts";

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

describe("retryAfter", () => {
  it("waits long, and says why, where a person must act first", () => {
    const refused = retryAfter({ kind: "refused", status: 401 }, "abcd1234");
    expect(refused).toMatchObject({ level: "error", limits: { baseMs: 10_000, maxMs: 60_000 } });
    expect(refused.text).toContain("auth token rejected");
    expect(refused.text).toContain("abcd1234");
  });

  it("comes back soon from what passes by itself, and never where it was replaced", () => {
    expect(retryAfter({ kind: "closed", code: 1001, reason: "" }, "").limits?.baseMs).toBe(500);
    expect(retryAfter({ kind: "unreachable", problem: "refused" }, "").limits?.maxMs).toBe(30_000);
    expect(retryAfter({ kind: "closed", code: 4003, reason: "" }, "").limits).toBeUndefined();
  });
});

describe("opencodeMessageId", () => {
  it("ascends with time, as opencode's own ids do", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }),
        fc.integer({ min: 1, max: 1e6 }),
        (at, later) => {
          const early = opencodeMessageId(at, 1, new Uint8Array(14));
          expect(early).toMatch(/^msg_[0-9a-f]{12}[0-9A-Za-z]{14}$/);
          const wraps = Math.floor(at / 2 ** 36) !== Math.floor((at + later) / 2 ** 36);
          expect(wraps || opencodeMessageId(at + later, 1, new Uint8Array(14)) > early).toBe(true);
        },
      ),
    );
  });

  it("agrees with an id that opencode made at a known time", () => {
    expect(opencodeMessageId(1_795_463_082_530, 1, new Uint8Array(14)).slice(0, 16)).toBe("msg_209f07222001");
  });
});

describe("cutText", () => {
  it("never exceeds its limit and never halves a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, limit) => {
        const { text: kept, cut } = cutText(text, limit);
        expect(new TextEncoder().encode(kept).length).toBeLessThanOrEqual(Math.max(limit, cut ? limit : Infinity));
        expect(text.startsWith(kept)).toBe(true);
        expect(cut).toBe(kept !== text);
      }),
    );
  });
});
