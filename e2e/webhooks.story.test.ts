import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { NoticeView, OperationOutput, TargetView } from "@hal/protocol";
import { type ReceivedWebhook, WebhookReceiver } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import type { Program } from "./harness/program.ts";
import { RawAgent } from "./harness/raw-agent.ts";
import { Stage } from "./harness/stage.ts";

const SECRET = `whsec_${createHash("sha256").update("a workflow").digest("base64")}`;
const N8N = "webhook#n8n";
const ASKS = `[[tool: bash ${JSON.stringify({ command: "git push --force nowhere", description: "push" })}]] [[say: done]]`;
const MANY = 500;

// I31
describe("a program that is told by a webhook", () => {
  let stage: Stage;
  let web: Agent;
  let supervisor: Program;
  let n8n: WebhookReceiver;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    n8n = await new WebhookReceiver({ secret: SECRET }).listen();
    stage = await Stage.open(inject("opencode"));
    write({ channels: { webhooks: { n8n: { url: n8n.url, secret: SECRET, allow_private: true } } } });
    supervisor = await stage.startSupervisor();
    web = stage.agent("web", { permission: { bash: { "*": "allow", "git *": "ask" } } });
    web.start();
    await stage.nodeUp(web);
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await n8n[Symbol.asyncDispose]();
  });

  function write(sections: object): void {
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, ...sections }));
  }
  const told = (type: string): readonly ReceivedWebhook[] => n8n.taken.filter(({ body }) => body.type === type);
  const firstOf = (type: string): Promise<ReceivedWebhook> =>
    eventually(async () => {
      const [first] = told(type);
      if (first === undefined) throw new Error(`${type} was not told`);
      return first;
    }, 30_000);

  test("hears without any rule what waits for a person, and halctl says whom it told and why", async () => {
    const begun = await stage.halctl.json<{ session_id: string }>("start", "web", ASKS);
    const asked = await firstOf("interaction.asked");
    expect(asked.problem).toBeUndefined();
    expect(asked.body.data).toMatchObject({
      project: "web",
      session_id: begun.session_id,
      text: expect.stringMatching(/^web on \S+ waits for a person: .*git push --force nowhere/),
    });
    const listed = await stage.halctl.run("channels", "list");
    expect([listed.code, listed.stdout]).toEqual([0, expect.stringMatching(/webhook#n8n +working +http:\/\/127/)]);
    const why = await stage.halctl.run("routes", "why", String(asked.body.data["id"]));
    expect(why.stdout).toMatch(/webhook#n8n +sent +interaction\.asked[^]*yes +webhook#n8n/);
    await stage.halctl.run("sessions", "kill", begun.session_id, "--yes");
  });

  test("gets what it did not take while it was down, after a kill of the supervisor, and nothing twice", async () => {
    n8n.answerAlways({ status: 503 });
    const before = n8n.taken.length;
    await web.stop();
    await eventually(async () => {
      const [waiting] = await stage.halctl.json<NoticeView[]>("notices", "list", "--state", "waiting");
      if (waiting?.type !== "node.offline") throw new Error(`${waiting?.type ?? "nothing"} waits`);
    });
    await supervisor.kill();
    n8n.answerAlways({ status: 204 });
    supervisor = await stage.startSupervisor();
    const offline = await firstOf("node.offline");
    expect(offline.body.data["text"]).toMatch(/^\S+ is offline: /);
    web.start();
    await stage.nodeUp(web);
    await firstOf("node.online");
    const ids = n8n.taken.slice(before).map(({ body }) => body.data["id"]);
    expect(ids).toEqual([...new Set(ids)]);
  });

  test("a test that is refused says so and what to do, and one that arrives has a target that was stopped go on", async () => {
    n8n.answerNext({ status: 410 });
    const refused = await stage.halctl.run("channels", "test", N8N);
    expect([refused.code, refused.stdout]).toEqual([
      1,
      "NOT SENT  webhook#n8n: it answered 410: it wants nothing more\n",
    ]);
    const unknown = await stage.halctl.run("channels", "test", "webhook#n9n");
    expect([unknown.code, unknown.stderr]).toEqual([5, expect.stringContaining("did you mean webhook#n8n?")]);
    n8n.answerNext({ status: 410 });
    await web.stop();
    await eventually(async () => {
      const [target] = await stage.halctl.json<TargetView[]>("channels", "list");
      if (target?.state !== "stopped") throw new Error(`it is ${target?.state}`);
    });
    const doctor = await stage.halctl.run("doctor");
    expect(doctor.stdout).toMatch(/webhook#n8n is stopped[^]*halctl channels test webhook#n8n/);
    const sent = await stage.halctl.run("channels", "test", N8N);
    expect([sent.code, sent.stdout]).toEqual([
      0,
      "SENT  a test arrived at webhook#n8n\nwebhook#n8n was stopped, and is sent to again\n",
    ]);
    await eventually(async () => {
      if ((await stage.halctl.json<NoticeView[]>("notices", "list", "--state", "waiting")).length > 0)
        throw new Error("something waits still");
    });
    expect(told("node.offline").length).toBe(2);
  });

  test(`${MANY} notices arrive once each, though it drops and refuses some and the supervisor is killed in between`, async () => {
    write({ routes: [{ match: "session.error", target: N8N }] });
    await supervisor.kill();
    supervisor = await stage.startSupervisor();
    const seen = new Map<string, number>();
    n8n.decide(({ id }) => {
      const times = (seen.get(id) ?? 0) + 1;
      seen.set(id, times);
      const failing = times === 1 ? FAULTS[seen.size % 37] : undefined;
      return failing ?? { status: 204 };
    });
    const before = told("session.error").length;
    const agent = await RawAgent.greet({ url: `ws://127.0.0.1:${stage.ports.socket}`, token: stage.token }, "teller");
    const errors = Array.from({ length: MANY }, (_, index) => ({
      seq: index + 1,
      at: Date.now(),
      type: "session.error",
      project: "many",
      session: "ses_many",
      data: { name: "E", message: `number ${index}` },
    }));
    for (let first = 0; first < MANY; first += 50) agent.sendEvents(errors.slice(first, first + 50));
    await eventually(async () => {
      if (agent.acknowledged < MANY) throw new Error(`${agent.acknowledged} events are in the log`);
      if (told("session.error").length < before + MANY / 4) throw new Error("too few were told");
    }, 60_000);
    await supervisor.kill();
    supervisor = await stage.startSupervisor();
    await eventually(async () => {
      const [target] = await stage.halctl.json<TargetView[]>("channels", "list");
      if (target?.waiting !== 0 || told("session.error").length < before + MANY)
        throw new Error(`${told("session.error").length - before} of ${MANY} were told, ${target?.waiting} wait`);
    }, 120_000);
    const ids = told("session.error").map(({ body }) => body.data["id"]);
    expect(ids).toHaveLength(before + MANY);
    expect(new Set(ids).size).toBe(ids.length);
    expect(n8n.received.filter(({ problem }) => problem !== undefined)).toEqual([]);
    const all = await stage.api<NoticeView[]>(`/notices?limit=1000&state=sent`);
    expect(all.filter(({ type }) => type === "session.error")).toHaveLength(before + MANY);
  });

  test("a route is judged by hand before it counts, and one that is wrong says where", async () => {
    const file = path.join(stage.folder, "event.json");
    writeFileSync(file, JSON.stringify({ type: "session.error", project: "web", data: { name: "APIError" } }));
    const judged = await stage.halctl.json<OperationOutput<"routes.test">>("routes", "test", file);
    expect(judged.map(({ taken }) => taken)).toEqual([true]);
    write({
      routes: [
        { match: "session.error && project = 'web'", target: N8N },
        { match: "session.err", target: N8N },
      ],
    });
    await supervisor.stop();
    const refused = stage.launchSupervisor("--validate");
    expect((await refused.ended).code).toBe(1);
    expect(refused.log).toContain("routes.0.match: at 26: = compares nothing; write ==");
    expect(refused.log).toContain("routes.1.match: at 1: there is no such event; did you mean session.error?");
  });
});

/** What every so manieth message gets on its first try. */
const FAULTS: Readonly<
  Record<number, "drop" | { readonly status: number; readonly headers?: Record<string, string> }>
> = {
  5: "drop",
  17: { status: 500 },
  29: { status: 429, headers: { "retry-after": "1" } },
};
