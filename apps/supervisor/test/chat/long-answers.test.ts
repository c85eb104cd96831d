import { describe, expect, it } from "vitest";
import { discordPlatform, slackPlatform } from "../support/platforms.ts";
import { dial, event, events, hello } from "../support/socket.ts";
import { startStage } from "../support/start.ts";
import { until } from "../support/until.ts";

describe.each([
  ["Slack", slackPlatform],
  ["Discord", discordPlatform],
])("what is too long for a message on %s", (_, start) => {
  const LINES = Array.from({ length: 300 }, (__, index) => `line ${index} of what the model said`);

  /** What was shown once the answer is there, with so many files. */
  async function asked(
    access: object,
    files: number,
  ): Promise<{ readonly shown: string; readonly told: string; readonly files: readonly string[] }> {
    await using platform = await start();
    const section = { ...platform.section(), access };
    await using stage = await startStage(
      { heartbeat_timeout_count: 1_000 },
      { channels: { [platform.kind]: section } },
    );
    const agent = await dial(stage.supervisor.port);
    agent.send(hello());
    await agent.next("welcome");
    await until(() => expect(platform.connections()).toBe(1));
    const message = { messageId: "msg_1", role: "assistant", state: "complete", text: LINES.join("\n"), createdAt: 1 };
    const about = { project: "web", session: "ses_one" };
    const started = { title: "mend the tests", createdAt: 1, updatedAt: 1 };
    agent.send(events(event(1, "session.started", started, about), event(2, "session.message", message, about)));
    await agent.next("ack");
    await platform.typeWith("logs", "ref", "ses_one");
    await until(() => expect(platform.told()).toContain("line "));
    await platform.type("nodes");
    await until(() => expect(platform.told()).toContain("nodes are online"));
    // one is sent in several steps, behind the message that speaks of it
    await until(() => expect(platform.files()).toHaveLength(files));
    return { shown: platform.transcript(platform.alerts), told: platform.told(), files: platform.files() };
  }

  it("is a file beside its first lines, where everybody may read", async () => {
    const { told, files } = await asked({ operators: [] }, 1);
    expect(told).toContain("line 0 of what the model said");
    expect(told).toContain("the whole is in logs.txt");
    expect(told).not.toContain("line 299");
    expect(files[0]).toContain(LINES.join("\n"));
  });

  it("is shown to whoever asks alone, cut to its end, where not everybody may read", async () => {
    const { told, files } = await asked({ viewers: ["user:U0ANN", "user:600000000000000001"] }, 0);
    expect(told).toContain("line 299");
    expect(files).toEqual([]);
  });
});
