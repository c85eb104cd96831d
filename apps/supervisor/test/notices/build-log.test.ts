import { afterEach, describe, expect, it } from "vitest";
import { BUSY, ChatStage, type EventSaid, FAILED, STARTED } from "../support/chat-stage.ts";

const CHANNELS = ["alerts", "dev-log", "build-log"];

let calls = 0;
const ran = (command: string, exit: number): EventSaid => {
  calls += 1;
  const data = { messageId: "m1", callId: `c${calls}`, tool: "bash", status: "completed", output: "a s3cret" };
  return ["tool.execute.after", { ...data, input: { command }, exit }];
};

describe.each(["slack", "discord"] as const)("what is told where by itself on %s", (kind) => {
  let chat: ChatStage;
  afterEach(() => chat[Symbol.asyncDispose]());

  it("is each build that failed in build-log, without what it printed, and nothing else", async () => {
    chat = await ChatStage.open(kind, { channels: CHANNELS });
    await chat.tell(STARTED, BUSY, ran("npm run build", 0), ran("git push", 1), ran("KEY=s3cret npm test -- -u", 2));
    await chat.tell(ran("make all", 1));
    const log = await chat.shown(/web on box: make all failed with exit code 1/, "build-log");
    expect(log).toMatch(/PROBLEM web on box: npm test … failed with exit code 2/);
    expect(log).not.toMatch(/git push|run build|s3cret/);
    expect(chat.platform.messages("build-log")).toHaveLength(2);
    expect([chat.platform.transcript("dev-log"), chat.platform.problems]).toEqual(["", []]);
  });

  it("is what the configuration calls a build, and what was achieved in dev-log, and alerts in alerts", async () => {
    chat = await ChatStage.open(kind, { channels: CHANNELS, section: { build_commands: ["just *"] } });
    await chat.tell(STARTED, BUSY, ran("npm test", 1), ran("just all", 1), ["session.compacted"], FAILED);
    await chat.shown(/web on box: just all failed with exit code 1/, "build-log");
    await chat.shown(/web on box has compacted its context/, "dev-log");
    await chat.shown(/web on box failed: APIError: overloaded/);
    expect(chat.platform.messages("build-log")).toHaveLength(1);
    expect(chat.platform.messages("dev-log")).toHaveLength(1);
    const { data } = (await (await chat.stage.get("/api/v1/routes")).json()) as { data: { match: string }[] };
    expect(data.map(({ match }) => match)).toContain('tool.execute.after && build == "failed"');
  });
});
