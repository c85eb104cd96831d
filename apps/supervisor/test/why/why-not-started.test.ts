import type { CommandReply, WhyView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connected, event, events, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

let stage: Stage;
let agent: Peer;
beforeEach(async () => {
  stage = await startStage();
  agent = await connected(stage);
});
afterEach(() => stage[Symbol.asyncDispose]());

async function why(ref: string, kind?: string): Promise<{ readonly data: WhyView; readonly error: string }> {
  const query = kind === undefined ? "" : `?kind=${kind}`;
  return (await (await stage.get(`/api/v1/why/${encodeURIComponent(ref)}${query}`)).json()) as {
    data: WhyView;
    error: string;
  };
}

const SCHEDULE = { name: "nightly", cron: "0 3 1 1 *", time_zone: "Europe/Berlin", project: "p1", prompt: "go" };
const run = (): Promise<Response> => stage.send("POST", "/api/v1/schedules/nightly/run", {});

describe("why a schedule started nothing", () => {
  it("is told: that it was never due, what hinders it, and what it came to", async () => {
    await stage.send("POST", "/api/v1/schedules", SCHEDULE);
    const fresh = (await why("nightly")).data;
    expect(fresh).toMatchObject({ subject: { kind: "schedule", id: "nightly" }, status: "waiting" });
    expect(fresh.answer).toMatch(
      /^schedule nightly has not been due since it is there; it is due next in \d+ d, at 2\d{3}-/,
    );

    await stage.send("POST", "/api/v1/sessions/stop-all", { project: "p1", wait_ms: 0, hold: true });
    await run();
    const held = (await why("nightly")).data;
    expect([held.status, held.answer]).toEqual([
      "not_started",
      expect.stringMatching(
        /^schedule nightly started no session .*: shared-token holds project p1 .*Also: nothing would begin now: /,
      ),
    ]);
    expect(held.findings.filter(({ level }) => level === "problem").map(({ topic }) => topic)).toEqual([
      "hold",
      "schedule",
    ]);
    expect(held.next[0]?.command).toMatch(/^halctl release /);
    await stage.send("POST", "/api/v1/holds/release", { all: true });

    await run();
    for (;;) {
      const { id, command } = (await agent.next("command")) as unknown as { id: string; command: string };
      if (command !== "session.start") continue;
      const output = { commandId: id, output: { sessionId: "ses_one" } };
      agent.send(events(event(1, "session.idle"), event(2, "command.succeeded", output)));
      break;
    }
    await expect.poll(async () => (await why("nightly")).data.status).toBe("started");
    const started = (await why("nightly")).data;
    expect(started.answer).toMatch(/^schedule nightly started ses_one /);
    expect(started.next.map(({ command }) => command)).toContain("halctl why ses_one");

    await stage.send("DELETE", "/api/v1/schedules/nightly", undefined);
    expect((await why("nightly")).data).toMatchObject({
      status: "removed",
      answer: expect.stringContaining("it was removed, and starts nothing any more"),
    });
  });

  it("is told of a project that no node has", async () => {
    stage.written["schedules"] = [{ ...SCHEDULE, project: "p9" }] as never;
    await stage.supervisor.reload();
    const { answer, next } = (await why("nightly")).data;
    expect(answer).toContain("Also: nothing would begin now: project: no project p9; there are: p1");
    expect(next[0]?.command).toBe("halctl schedules run nightly");
  });

  it("is asked for by kind where a project has the same name, and is refused where there is none", async () => {
    await stage.send("POST", "/api/v1/schedules", { ...SCHEDULE, name: "p1" });
    expect((await why("p1")).data.subject.kind).toBe("node");
    expect((await why("p1", "schedule")).data.subject.kind).toBe("schedule");
    expect((await why("nothing")).error).toMatch(
      /^no session, node, project, schedule, command or arrival is called nothing; see: /,
    );
    expect((await why("nothing", "schedule")).error).toContain("see: halctl schedules list");
  });
});

describe("why a command did nothing", () => {
  it("is told: by its id or a beginning of it, with its node, its session and its schedule", async () => {
    agent.send({ type: "bye", reason: "told to stop" });
    agent.close();
    await agent.closed;
    await stage.send("POST", "/api/v1/schedules", SCHEDULE);
    await run();
    const [{ id }] = ((await (await stage.get("/api/v1/commands")).json()) as { data: [{ id: string }] }).data;
    const { subject, status, answer, findings, next } = (await why(id.slice(0, -3))).data;
    expect([subject, status]).toEqual([{ kind: "command", id, name: "session.start in p1 on box" }, "queued"]);
    expect(answer).toMatch(/\(session\.start in p1 on box\), which shared-token asked for .* is queued until /);
    expect(findings.map(({ topic, level }) => [topic, level])).toEqual([
      ["command", "note"],
      ["node", "problem"],
      ["schedule", "note"],
    ]);
    expect(next.map(({ command }) => command)).toEqual([
      `halctl commands cancel ${id}`,
      "halctl why box",
      "halctl why nightly --kind schedule",
      `halctl commands get ${id}`,
    ]);
    expect((await why("cmd_nothing")).error).toBe("no command cmd_nothing; see: halctl commands list");
  });

  it("is told of one that failed, with the reason of its node", async () => {
    const sent = await stage.send("POST", "/api/v1/sessions", { project: "p1", wait_ms: 0 });
    const { command } = ((await sent.json()) as { data: CommandReply }).data;
    const error = { code: "opencode_error", message: "it has no such model" };
    agent.send(events(event(1, "command.failed", { commandId: command.id, error }, { session: undefined })));
    await agent.next("ack");
    const { status, answer, findings } = (await why(command.id)).data;
    expect([status, answer]).toEqual(["failed", expect.stringContaining("is failed: it has no such model")]);
    expect(findings[0]).toMatchObject({ level: "problem", text: "failed (opencode_error): it has no such model" });
  });
});
