import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answersProblem } from "../../src/capabilities/interactions/domain/answers.ts";
import { connected, dial, event, events, hello } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  const agent = await connected(stage);
  agent.send(events(event(1, "from.the.future", {})));
  await agent.next("ack");
});
afterAll(() => stage[Symbol.asyncDispose]());

describe("a filter that can match nothing", () => {
  it.each([
    ["events?type=session.idel", "there is no event type session.idel; did you mean session.idle?"],
    ["events/stream?type=session.idel", "there is no event type session.idel; did you mean session.idle?"],
    ["events?type=constructor", "there is no event type constructor"],
    ["events?node_id=box", "no node has the id box; did you mean "],
    ["audit?action=sessions.kil", "there is no action sessions.kil; did you mean sessions.kill?"],
    ["audit?since=5", "since: not a time; write it as 2026-02-03T04:05:06Z"],
    ["events?since=5", "since: not a time; write it as 2026-02-03T04:05:06Z"],
    ["sessions?project=nowhere", "there is no project nowhere"],
    ["sessions?status=idel", "did you mean idle?"],
    ["sessions?node_id=nowhere", "no node nowhere"],
    ["cost?period=weak", "did you mean week?"],
  ])("%s is refused, with what was meant", async (path, text) => {
    const response = await stage.get(`/api/v1/${path}`);
    expect(await response.json()).toMatchObject({ error: expect.stringContaining(text) });
    expect([400, 404]).toContain(response.status);
  });

  it.each([
    "events?type=from.the.future",
    "events?type=session.idle",
    "audit?action=authenticate",
    "events?since=2026-02-03",
  ])("%s is asked for", async (path) => expect((await stage.get(`/api/v1/${path}`)).status).toBe(200));
});

it("a project that its node does not offer any more is known as long as a command for it has no outcome", async () => {
  await using own = await startStage();
  const peer = await dial(own.supervisor.port);
  peer.send(hello());
  const { secret } = await peer.next("welcome");
  peer.close();
  await peer.closed;
  const queued = await own.send("POST", "/api/v1/sessions", { project: "p1", prompt: "hi", wait_ms: 0 });
  const { data } = (await queued.json()) as { data: { command: { id: string } } };
  const back = await connected(own, { secret, connection: 2, projects: [] });
  const status = async (): Promise<number> => (await own.get("/api/v1/sessions?project=p1")).status;
  expect(await status()).toBe(200);
  back.close();
  await back.closed;
  const stop = await own.send("POST", "/api/v1/sessions/stop-all", { project: "p1", wait_ms: 0 });
  expect(stop.status).toBe(200);
  const ended = { commandId: data.command.id };
  const last = await connected(own, { secret, connection: 3, projects: [] });
  last.send(events(event(1, "command.cancelled", ended, { session: undefined, project: undefined })));
  await last.next("ack");
  expect(await status()).toBe(400);
});

// I16
it("an answer over HTTP says others' words in characters that no terminal obeys", async () => {
  const name = "\u202e\u009b2J\u{10ff00}";
  const peer = await dial(stage.supervisor.port);
  const id = "01a20af2-e011-7208-b257-b9bf1630e8ff";
  peer.send(hello({ node: { id, hostname: name, version: "0.1.0", os: "linux", arch: "x64" } }));
  await peer.next("welcome");
  const text = await (await stage.get("/api/v1/nodes")).text();
  expect(text).not.toMatch(/[\p{C}]/u);
  expect((JSON.parse(text) as { data: { hostname: string }[] }).data.map(({ hostname }) => hostname)).toContain(name);
});

describe("the answer to a question", () => {
  const question = (labels: readonly string[], multiple = false) => ({
    question: "?",
    header: "",
    multiple,
    options: labels.map((label) => ({ label, description: "" })),
  });
  const numbers = question(["1", "2", "4", "8"]);

  it.each<[string, Parameters<typeof answersProblem>, string | undefined]>([
    ["a label", [[numbers], [["4"]], false], undefined],
    ["a number that is no label", [[numbers], [["3"]], false], '3 is none of its choices: "1", "2", "4", "8"'],
    ["the same as own words", [[numbers], [["3"]], true], undefined],
    ["a number where labels are words", [[question(["Alpha", "Beta"])], [["9"]], false], "9 is none of its choices"],
    ["words of one's own", [[question(["Alpha", "Beta"])], [["neither"]], false], undefined],
    ["a number where there is nothing to choose", [[question([])], [["8080"]], false], undefined],
    ["two answers where one is wanted", [[numbers], [["1", "2"]], false], "it takes one answer, and not 2"],
    ["two where several may be", [[question(["1", "2"], true)], [["1", "2"]], false], undefined],
    ["an empty one", [[numbers], [[" "]], false], "the answer is empty"],
    ["none", [[numbers], undefined, false], "there are 1 question(s); give one answer to each"],
    ["the second of two", [[numbers, numbers], [["1"], ["7"]], false], "question 2: 7 is none of its choices"],
  ])("%s", (_, given, problem) => {
    const told = answersProblem(...given);
    expect(problem === undefined ? told : told?.startsWith(problem)).toBe(problem === undefined ? undefined : true);
  });
});
