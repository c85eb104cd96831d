import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { expect, it } from "vitest";
import { AgentConfig } from "../../src/config.ts";
import { readCredentials, readSubscriptions } from "../../src/opencode/process/credentials.ts";

it("names whose logins opencode has and of which kind, and tells no secret", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hal credentials "));
  const { opencode } = v.parse(AgentConfig, {
    supervisor_url: "ws://x",
    auth_token: "t",
    opencode: {
      env: { OPENAI_API_KEY: "sk-secret", EDITOR: "vi" },
      config: { provider: { scripted: { options: { apiKey: "k-secret" } }, bare: {} } },
    },
  });
  const own = [
    { provider: "OPENAI_API_KEY", kind: "variable" },
    { provider: "scripted", kind: "config" },
  ];
  expect(readCredentials(opencode, folder)).toEqual(own);
  mkdirSync(join(folder, "opencode", "data", "opencode"), { recursive: true });
  const auth = {
    anthropic: { type: "oauth", refresh: "r-secret", access: "a", expires: 1 },
    openai: { type: "oauth", refresh: "r-secret", access: "a", expires: 1, accountId: "account-secret" },
    zai: { type: "api", key: "z" },
  };
  writeFileSync(join(folder, "opencode", "data", "opencode", "auth.json"), JSON.stringify(auth));
  const found = readCredentials(opencode, folder);
  expect(found).toEqual([
    { provider: "anthropic", kind: "oauth" },
    { provider: "openai", kind: "oauth" },
    { provider: "zai", kind: "api" },
    ...own,
  ]);
  const subscriptions = readSubscriptions(opencode, folder);
  expect(subscriptions).toEqual([
    { provider: "anthropic" },
    { provider: "openai", account: expect.stringMatching(/^[0-9a-f]{8}$/) },
  ]);
  expect(JSON.stringify([found, subscriptions])).not.toContain("secret");
  await rm(folder, { recursive: true });
});
