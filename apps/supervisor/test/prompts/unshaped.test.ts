import { PROMPTS_FEATURE } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { connected, event, events } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const SHAPE = { format: { type: "json_schema", schema: { type: "object" } }, wait_ms: 0 };

async function post(stage: Stage, route: string, body: object): Promise<{ status: number; error?: string }> {
  const response = await stage.send("POST", `/api/v1${route}`, body);
  return { status: response.status, ...((await response.json()) as object) };
}

describe("an answer of a shape", () => {
  const asked = [
    ["by a start", "/sessions", { project: "p", prompt: "hi" }],
    ["by a prompt", "/sessions/ses_one/prompt", { text: "hi" }],
    ["by a prompt that waits", "/sessions/ses_one/prompt", { text: "hi", delivery: "queue" }],
  ] as const;

  it.each(asked)("is refused where the agent would drop the shape: %s", async (_, route, body) => {
    await using stage = await startStage();
    const agent = await connected(stage, { projects: [{ name: "p", directory: "/p", state: "ready" }] });
    agent.send(events(event(1, "session.idle", { turn: "none" })));
    await agent.next("ack");
    expect(await post(stage, route, { ...body, ...SHAPE })).toMatchObject({
      status: 400,
      error: expect.stringContaining("is older and cannot ask for an answer of a shape; upgrade it"),
    });
    expect(agent.count("command")).toBe(0);
  });

  it.each(asked)("reaches an agent that can ask for it: %s", async (_, route, body) => {
    await using stage = await startStage();
    const features = [PROMPTS_FEATURE];
    const agent = await connected(stage, { features, projects: [{ name: "p", directory: "/p", state: "ready" }] });
    agent.send(events(event(1, "session.idle", { turn: "none" })));
    await agent.next("ack");
    const { status } = await post(stage, route, { ...body, ...SHAPE });
    expect(status).toBeLessThan(300);
    expect(await agent.next("command")).toMatchObject({ args: { format: SHAPE.format } });
  });
});
