import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { CostTable, EventView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { ChatPlace } from "./chat/chat-place.ts";
import { DiscordPlace } from "./chat/discord-place.ts";
import { SlackPlace } from "./chat/slack-place.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

const MEDDLE = fileURLToPath(new URL("chaos/meddle-preload.mjs", import.meta.url));
const DAY_MS = 86_400_000;
const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

const PLACES: readonly [string, () => Promise<ChatPlace>][] = [
  ["Slack", () => SlackPlace.open()],
  ["Discord", () => DiscordPlace.open()],
];

describe.each(PLACES)("what a week cost, as people read it on %s", (name, open) => {
  let stage: Stage;
  let place: ChatPlace;
  const begun = Date.now();
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    place = await open();
    stage = await Stage.open(inject("opencode"), {
      env: (folder) => ({
        NODE_OPTIONS: `--import=${pathToFileURL(MEDDLE).href}`,
        HAL_CHAOS_CLOCK: path.join(folder, "clock"),
      }),
    });
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    const kind = name.toLowerCase();
    const channels = { [kind]: place.section };
    // the day after tomorrow is the first on which all of today is over, also where midnight comes meanwhile
    const day = DAYS[new Date(begun + 2 * DAY_MS).getUTCDay()];
    const cost = { weekly_report: { day, at: "00:00" } };
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, channels, cost }));
    await stage.startSupervisor();
    const agent = stage.agent("tokyo", { projects: ["web"] });
    agent.start();
    await stage.nodeUp(agent);
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const setClock = (offsetMs: number): void => writeFileSync(path.join(stage.folder, "clock"), String(offsetMs));
  /** What everybody sees of it, the newest last. */
  const reports = (): readonly string[] =>
    place
      .transcript()
      .split(/^(?=HAL)/m)
      .filter((said) => !said.includes("sees it") && said.includes("Costs of "));
  const told = async (): Promise<readonly EventView[]> => stage.api<EventView[]>("/events?type=cost.reported");

  test("is told once the week is over, as the ledger has it", async () => {
    await stage.halctl.json("sessions", "start", "web", "[[usage: in=50000 out=1000]] [[say: done]]", "--wait");
    const [first, last] = [begun - 5 * DAY_MS, begun + DAY_MS].map((at) => new Date(at).toISOString().slice(0, 10));
    const { rows, total } = await eventually(async () => {
      const table = await stage.api<CostTable>(`/cost/report?from=${first}&to=${last}&by=provider,model`);
      expect(table.total.cost_usd).toBeGreaterThan(0.15);
      return table;
    });
    expect(reports()).toEqual([]);
    await place.type("ann", "cost", { period: "week" });
    await eventually(() => expect(place.toldTo("ann")).toMatch(/Costs of [^]*Daily average/), 60_000);
    setClock(2 * DAY_MS);
    await eventually(() => expect(reports()).toHaveLength(1), 60_000);
    expect(reports()[0]).toContain(`$${total.cost_usd.toFixed(2)}`);
    const [text = ""] = reports();
    for (const { provider, model } of rows) {
      expect(text).toContain(provider);
      expect(text).toContain(`${model}: 51.0K tokens, $${total.cost_usd.toFixed(2)}`);
    }
    expect(text).toContain("Daily average");
    expect(text).toContain(`$${(total.cost_usd / 7).toFixed(4)} a day`);
    // what the small print says is what halctl is asked
    const [, asked = ""] = /All of it: halctl (cost [^\n]*--by provider,model)/.exec(text) ?? [];
    const { stdout } = await stage.halctl.run(...asked.split(" "));
    expect(stdout).toContain(`${first} to ${last} (UTC)`);
    expect(stdout).toContain(`$${total.cost_usd.toFixed(2)}`);
  });

  test("is told once, though the supervisor is killed and its clock is set back", async () => {
    await stage.supervisor.kill();
    setClock(2 * DAY_MS - 3_600_000);
    await stage.startSupervisor();
    await eventually(async () => expect((await stage.halctl.json<unknown[]>("nodes", "list")).length).toBe(1));
    setClock(2 * DAY_MS + 3_600_000);
    // more than a look at what is due goes by
    await stage.halctl.json("channels", "test", `${name.toLowerCase()}#alerts`);
    expect(reports()).toHaveLength(1);
    expect(await told()).toHaveLength(1);
    expect(place.complaints()).toEqual([]);
  });
});
