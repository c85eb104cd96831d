import type { WhyView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startStage, type Stage } from "../support/start.ts";
import { dial, event, events, hello, NODE_ID, type Peer } from "../support/socket.ts";

let stage: Stage;
let agent: Peer;
beforeEach(async () => {
  stage = await startStage();
  agent = await dial(stage.supervisor.port);
  agent.send(
    hello({
      projects: [
        { name: "p1", directory: "/srv/p1", state: "ready" },
        { name: "empty", directory: "/srv/empty", state: "ready" },
      ],
    }),
  );
  await agent.next("welcome");
});
afterEach(() => stage[Symbol.asyncDispose]());

async function why(ref: string, kind?: string): Promise<{ readonly status: number; readonly data: WhyView }> {
  const response = await stage.get(
    `/api/v1/why/${encodeURIComponent(ref)}${kind === undefined ? "" : `?kind=${kind}`}`,
  );
  return { status: response.status, ...((await response.json()) as { data: WhyView }) };
}

const asked = {
  interactionId: "per_1",
  kind: "permission",
  summary: "bash: git push",
  askedAt: Date.now(),
};

async function tell(...list: object[]): Promise<void> {
  agent.send(events(...list));
  await agent.next("ack");
}

describe("why.get", () => {
  it("answers for a session from what its node told and what was asked of it", async () => {
    await tell(
      event(1, "session.started", { title: "t", createdAt: 1, updatedAt: 1 }),
      event(2, "session.busy"),
      event(
        3,
        "session.started",
        { title: "c", parentId: "ses_one", createdAt: 1, updatedAt: 1 },
        { session: "ses_two" },
      ),
      event(4, "session.busy", {}, { session: "ses_two" }),
      event(5, "interaction.asked", asked, { session: "ses_two" }),
      event(6, "gap", { count: 3, reason: "a reason" }, { session: undefined }),
    );
    const { data } = await why("ses_one");
    expect(data).toMatchObject({ subject: { kind: "session", id: "ses_one", name: "p1 on box" }, status: "waiting" });
    const topics = data.findings.map(({ topic, text }) => `${topic} ${text}`).join("\n");
    expect(topics).toContain("turn its child ses_two is busy");
    expect(topics).toContain("interaction per_1 waits");
    expect(topics).toContain("gap 3 events could not be kept");
    expect(topics).toContain("event session.busy");
    expect(data.next[0]?.command).toBe("halctl interactions allow per_1");
    // a project means its current session
    expect((await why("p1")).data.subject.id).toBe("ses_one");
  });

  it("answers for a node that went away, and for what waits for it", async () => {
    await tell(event(1, "session.started", { title: "t", createdAt: 1, updatedAt: 1 }), event(2, "session.busy"));
    agent.send({ type: "bye", reason: "told to stop" });
    agent.close();
    await agent.closed;
    await expect.poll(async () => (await why("box")).data.status).toBe("offline");
    await stage.send("POST", "/api/v1/sessions/ses_one/prompt", { text: "go on", wait_ms: 0 });
    const { data: node } = await why(NODE_ID.slice(0, 9));
    expect(node.answer).toMatch(/node box is offline: the agent was stopped/);
    expect(node.findings.map(({ text }) => text).join("\n")).toMatch(/its sessions: 1 unreachable/);
    const { data: session } = await why("ses_one");
    expect(session.answer).toMatch(
      /is unreachable: its node is offline.*it was busy\. Also: session\.prompt .* is queued/,
    );
  });

  it("answers for a project without a session, and says where to look for what it does not know", async () => {
    expect((await why("empty")).data.findings.map(({ text }) => text)).toContain("no session runs in empty");
    expect(await why("nothing")).toMatchObject({
      status: 404,
      error:
        "no session, node, project, schedule, command or arrival is called nothing; see: halctl sessions list, halctl nodes list, halctl schedules list",
    });
    expect((await why("box", "session")).status).toBe(404);
    expect((await why("box", "node")).status).toBe(200);
  });
});
