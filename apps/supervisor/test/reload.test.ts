import { readFile } from "node:fs/promises";
import type { AuditView } from "@hal/protocol";
import { expect, it } from "vitest";
import { LIVE_KEYS } from "../src/reload.ts";
import { startStage, type Stage, TOKEN } from "./support/start.ts";

async function audited(stage: Stage, action: string): Promise<AuditView[]> {
  return ((await (await stage.get(`/api/v1/audit?action=${action}`)).json()) as { data: AuditView[] }).data;
}

it("a reload changes what can be changed, and names what needs a restart", async () => {
  await using stage = await startStage({}, { security: { origin_allowlist: ["https://one.example"] } });
  const from = async (origin: string): Promise<number> => (await stage.get("/api/v1/nodes", TOKEN, { origin })).status;
  expect([await from("https://one.example"), await from("https://two.example")]).toEqual([200, 403]);
  stage.written["security"] = { origin_allowlist: ["https://two.example"], audit: { retention_days: 7 } };
  stage.written["server"] = { ...stage.written["server"], port: 1 };
  stage.written["database"] = { ...stage.written["database"], backup_interval_hours: 0 };
  await stage.supervisor.reload();
  expect([await from("https://one.example"), await from("https://two.example")]).toEqual([403, 200]);
  expect(stage.lines.find((line) => line.includes("needs a restart"))).toContain('"keys":["server.port"]');
  await expect
    .poll(async () => (await audited(stage, "config.reload")).map(({ args }) => args))
    .toEqual([
      {
        changed: "database.backup_interval_hours security.origin_allowlist security.audit.retention_days",
        needs_restart: "server.port",
      },
    ]);
});

it("a configuration that is wrong is refused with all that is wrong, and the one in use stays", async () => {
  await using stage = await startStage();
  const { server } = stage.written;
  stage.written["server"] = { auth_token: 7, http_port: "x" };
  await stage.supervisor.reload();
  const line = stage.lines.find((text) => text.includes("the one in use stays"));
  expect(line).toContain("server.auth_token");
  expect(line).toContain("server.http_port");
  expect((await stage.get("/api/v1/nodes")).status).toBe(200);
  await expect.poll(async () => (await audited(stage, "config.reload"))[0]?.result).toBe("refused");
  stage.written["server"] = { ...server };
  await stage.supervisor.reload();
  expect(stage.lines.at(-1)).toContain("read again");
});

it("the audit is switched off and on by a reload, which is the last and the first that it has", async () => {
  await using stage = await startStage();
  const change = async (isEnabled: boolean): Promise<void> => {
    stage.written["security"] = { audit: { enabled: isEnabled } };
    await stage.supervisor.reload();
  };
  await change(false);
  await stage.send("POST", "/api/v1/tokens", { name: "unseen", role: "viewer" });
  await change(true);
  await expect
    .poll(async () => (await audited(stage, "config.reload")).map(({ args }) => args["changed"]))
    .toEqual(["security.audit.enabled", "security.audit.enabled"]);
  expect(await audited(stage, "tokens.create")).toEqual([]);
});

it("what counts at once is what docs/configuration.md says", async () => {
  const page = await readFile(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
  const [, said = ""] = /These keys count at once: ([^]*?)\. Whatever else/.exec(page) ?? [];
  const keys = [...said.matchAll(/`([\w.]+)`/g)].map(([, key]) => key as string);
  expect(keys.toSorted()).toEqual([...LIVE_KEYS].toSorted());
});
