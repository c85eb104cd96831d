import type { TargetView } from "@hal/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { discordPlatform, type Platform, slackPlatform } from "../support/platforms.ts";
import { startStage, type Stage } from "../support/start.ts";
import { until } from "../support/until.ts";

describe.each([
  ["Slack", slackPlatform],
  ["Discord", discordPlatform],
])("%s at a reload", (_, start) => {
  let stage: Stage;
  let platform: Platform;
  let agent: Peer;
  let seq: number;
  afterEach(async () => {
    await stage[Symbol.asyncDispose]();
    await platform[Symbol.asyncDispose]();
  });

  async function open(isThere: boolean): Promise<void> {
    seq = 0;
    platform = await start();
    const clock = { now: () => Date.now(), monotonic: () => performance.now() * 20 };
    const channels = isThere ? { [platform.kind]: platform.section() } : {};
    stage = await startStage({ heartbeat_timeout_count: 1_000 }, { channels }, { clock });
    agent = await dial(stage.supervisor.port);
    agent.send(hello());
    await agent.next("welcome");
    await until(() => expect(platform.connections()).toBe(isThere ? 1 : 0));
  }
  async function reload(section: object | undefined): Promise<void> {
    stage.written["channels"] = section === undefined ? {} : { [platform.kind]: section };
    await stage.supervisor.reload();
  }
  async function tell(...list: readonly (readonly [type: string, data?: object])[]): Promise<void> {
    const said = list.map(([type, data = {}]) => event((seq += 1), type, data, { project: "web" }));
    agent.send(events(...said));
    await agent.next("ack");
  }
  const STARTED = ["session.started", { title: "mend the tests", createdAt: 1_796_000_000_000, updatedAt: 1 }] as const;
  const ASKED = [
    "interaction.asked",
    {
      interactionId: "per_1",
      kind: "permission",
      summary: "bash git push",
      permission: "bash",
      patterns: [],
      askedAt: 1,
    },
  ] as const;
  const FAILED = ["session.error", { name: "APIError", message: "overloaded" }] as const;
  const targets = async (): Promise<TargetView[]> =>
    ((await (await stage.get("/api/v1/channels")).json()) as { data: TargetView[] }).data;
  const shown = (text: string | RegExp) => until(() => expect(platform.transcript(platform.alerts)).toMatch(text));
  const warnings = () => stage.lines.map((line) => JSON.parse(line) as Line).filter(({ level }) => isBad(level));

  it("is there once it is named, hears what is typed, and is left once it is named no more", async () => {
    await open(false);
    await reload(platform.section());
    await until(() => expect(platform.connections()).toBe(1));
    await platform.type("nodes");
    await until(() => expect(platform.told()).toContain("All 1 nodes are online"));
    await tell(STARTED, ["session.busy"], FAILED);
    await shown("web on box failed");
    await reload(undefined);
    await until(() => expect(platform.connections()).toBe(0));
    expect(await targets()).toEqual([]);
    expect(warnings()).toEqual([]);
  });

  it("stays connected where it is reached as before, whoever may do what and whichever channels there are", async () => {
    await open(true);
    await tell(STARTED, ["session.busy"]);
    const others = { access: { viewers: [], operators: [], admins: [] } };
    await reload({ ...platform.section(), ...others, channels: { alerts: platform.builds } });
    await platform.type("nodes");
    await until(() => expect(platform.told()).toContain("Nobody gave you a role here"));
    await tell(FAILED);
    await until(() => expect(platform.transcript(platform.builds)).toContain("web on box failed"));
    await reload({ ...platform.section(), channels: { alerts: platform.builds } });
    await platform.type("nodes");
    await until(() => expect(platform.told()).toContain("All 1 nodes are online"));
    expect([platform.connections(), platform.connected()]).toEqual([1, 1]);
  });

  it("goes on over another token: the card is the same one, what waited is told once, and its button still does it", async () => {
    await open(true);
    await tell(STARTED, ["session.busy"], ASKED);
    await shown("web on box waits for a person: bash git push");
    platform.revoke();
    await tell(["interaction.answered", { interactionId: "per_1", reply: "once" }], FAILED);
    await until(async () => expect((await targets())[0]?.state).toBe("stopped"));
    await reload(platform.section());
    await until(() => expect(platform.connections()).toBe(1));
    await until(async () => expect(await targets()).toMatchObject([{ state: "working", waiting: 0 }]));
    await shown(/HAL \(changed\):\n.*PROBLEM web on box failed/);
    await tell(["session.busy"], ["interaction.asked", { ...ASKED[1], interactionId: "per_2" }]);
    await until(async () => expect(await platform.press("Allow once")).toBeDefined());
    expect(await agent.next("command")).toMatchObject({ command: "interaction.answer", args: { reply: "once" } });
    // in the thread of the one card, which says by now that it waits again
    expect(platform.count("web on box failed: APIError: overloaded")).toBe(1);
    expect(platform.count("web on box waits for a person")).toBe(2);
    await platform.type("nodes");
    await until(() => expect(platform.told()).toContain("All 1 nodes are online"));
  });

  it("says once that nothing is sent any more, also where the change of a message was refused first", async () => {
    await open(true);
    await tell(STARTED, ["session.busy"], ASKED);
    await shown("web on box waits for a person: bash git push");
    platform.revoke();
    await tell(["session.updated", { title: "mend the docs", createdAt: 1, updatedAt: 2 }]);
    await until(async () => expect((await targets())[0]?.state).toBe("stopped"));
    await tell(["interaction.answered", { interactionId: "per_1", reply: "once" }], FAILED);
    await until(async () => expect((await targets())[0]?.waiting).toBeGreaterThan(0));
    const said = stage.lines.map((line) => JSON.parse(line) as Line);
    expect(said.filter(({ msg }) => msg.startsWith("nothing more is sent"))).toHaveLength(1);
    const reasons = warnings().map(({ reason }) => reason);
    expect(reasons).toHaveLength(new Set(reasons).size);
  });

  it("says once what is to be done about a token that is wrong, and the rest goes on", async () => {
    await open(true);
    await reload({ ...platform.section(), ...platform.wrongTokens });
    await until(() => expect(warnings()).toHaveLength(1));
    await until(() => expect(platform.connections()).toBe(0));
    expect(warnings()[0]).toMatchObject({ channel: platform.kind, reason: expect.stringMatching(platform.refusal) });
    for (const token of Object.values(platform.wrongTokens)) expect(stage.lines.join("\n")).not.toContain(token);
    expect((await stage.get("/readyz")).status).toBe(200);
    await reload(platform.section());
    await until(() => expect(platform.connections()).toBe(1));
    await platform.type("nodes");
    await until(() => expect(platform.told()).toContain("All 1 nodes are online"));
    expect(warnings()).toHaveLength(1);
  });
});

interface Line {
  readonly msg: string;
  readonly reason?: string;
  readonly level: string | number;
}

function isBad(level: string | number): boolean {
  return typeof level === "number" ? level >= 40 : ["warn", "error", "fatal"].includes(level);
}
