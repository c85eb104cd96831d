import { slackBody, type SlackDouble, type SlackMessage, startSlack } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";
import { until } from "../support/until.ts";

const PLACE = "C0ALERTS";

let stage: Stage;
let slack: SlackDouble;
let agent: Peer | undefined;
let seq: number;
let connections: number;
let known: string | undefined;

beforeEach(async () => {
  [seq, connections, known, agent] = [0, 0, undefined, undefined];
  slack = await startSlack({ patienceMs: 60_000 });
  slack.workspace.addChannel(PLACE, "alerts");
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  await slack[Symbol.asyncDispose]();
});

async function open(access?: object, more: object = {}): Promise<void> {
  const section = {
    bot_token: slack.botToken,
    app_token: slack.appToken,
    api_url: slack.apiUrl,
    channels: { alerts: PLACE },
    ...(access === undefined ? {} : { access }),
    ...more,
  };
  // cards are changed so far apart that people can read them; here time is short
  const clock = { now: () => Date.now(), monotonic: () => performance.now() * 20 };
  stage = await startStage({ heartbeat_timeout_count: 1_000 }, { channels: { slack: section } }, { clock });
  await come();
}

async function come(): Promise<void> {
  connections += 1;
  agent = await dial(stage.supervisor.port);
  const outbox = { epoch: "e1", firstSeq: 0, lastSeq: seq, acked: seq };
  const about = { instance: `run-${connections}`, connection: connections, outbox };
  agent.send(hello({ ...about, ...(known === undefined ? {} : { secret: known }) }));
  known = ((await agent.next("welcome"))["secret"] as string | undefined) ?? known;
}

async function tell(...list: readonly (readonly [type: string, data?: object])[]): Promise<void> {
  const said = list.map(([type, data = {}]) => event((seq += 1), type, data, { project: "web" }));
  agent?.send(events(...said));
  await agent?.next("ack");
}

const STARTED = [
  "session.started",
  { title: "mend the tests", createdAt: Date.UTC(2026, 10, 28), updatedAt: 1 },
] as const;
const ASKED = [
  "interaction.asked",
  {
    interactionId: "per_1",
    kind: "permission",
    summary: "bash git push",
    permission: "bash",
    patterns: ["git push"],
    askedAt: 1,
  },
] as const;

function messagesOf(text: string): readonly SlackMessage[] {
  return slack.workspace.messages.filter((message) => slackBody(message).includes(text));
}

async function waiting(): Promise<number> {
  const { data } = (await (await stage.get("/api/v1/notices?state=waiting")).json()) as { data: unknown[] };
  return data.length;
}

async function shown(text: string | RegExp): Promise<string> {
  return until(() => {
    const transcript = slack.transcript(PLACE);
    expect(transcript).toMatch(text);
    return transcript;
  });
}

describe("a session on Slack", () => {
  it("is one message that is changed in its place, with what is told of it in its thread", async () => {
    await open();
    await shown(/box is online/);
    await tell(STARTED, ["session.busy"], ASKED);
    const asks = await shown("web on box waits for a person: bash git push");
    expect(asks).toContain("It asks: bash git push (risk: medium, it pushes to others)");
    await tell(
      ["interaction.answered", { interactionId: "per_1", reply: "once" }],
      ["session.error", { name: "APIError", message: "overloaded" }],
    );
    const failed = await shown(/HAL \(changed\):\n +\*\*🔴 PROBLEM web on box failed: APIError: overloaded\*\*/);
    expect(failed).not.toContain("waits for a person");
    expect(failed).toMatch(/\n {4}HAL:\n {6}\*\*🔴 PROBLEM web on box failed: APIError: overloaded\*\*/);
    await tell(["session.busy"], ["session.idle", { turn: "finished" }]);
    const rests = await shown("🟢 OK web on box rests: finished its turn");
    expect(messagesOf("web on box").filter(({ threadTs }) => threadTs === undefined)).toHaveLength(1);
    expect(rests).not.toMatch(/\d+ s:/);
    // the next thing that is told of it is a message of its own
    await tell(["session.busy"], ["session.error", { name: "APIError", message: "again" }]);
    await shown("web on box failed: APIError: again");
    expect(messagesOf("web on box").filter(({ threadTs }) => threadTs === undefined)).toHaveLength(2);
    expect([slack.record.refused, slack.record.notes]).toEqual([[], []]);
  });

  it("is one message over a restart, and whoever takes it away gets another one", async () => {
    await open();
    await shown(/box is online/);
    await tell(STARTED, ["session.busy"], ASKED);
    await shown("web on box waits for a person");
    await stage.restart();
    await come();
    await tell(
      ["interaction.answered", { interactionId: "per_1", reply: "once" }],
      ["session.error", { name: "APIError", message: "overloaded" }],
    );
    await shown(/HAL \(changed\):\n +\*\*🔴 PROBLEM web on box/);
    const roots = messagesOf("web on box").filter(({ threadTs }) => threadTs === undefined);
    expect(roots).toHaveLength(1);
    slack.workspace.remove(roots[0] as SlackMessage);
    await tell(["session.busy"], ["session.error", { name: "APIError", message: "once more" }]);
    await shown("failed: APIError: once more");
    expect(messagesOf("web on box").filter(({ threadTs }) => threadTs === undefined)).toHaveLength(1);
  });

  it("is there once where Slack's answer was lost", async () => {
    await open();
    await shown(/box is online/);
    slack.faults.add("chat.postMessage", { kind: "broken_after" });
    await tell(STARTED, ["session.busy"], ASKED);
    await shown("web on box waits for a person");
    await until(async () => expect(await waiting()).toBe(0));
    expect(messagesOf("web on box waits")).toHaveLength(1);
  });
});

/** The message that has this button, and the button's id. */
async function button(label: string, at = ""): Promise<{ readonly message: SlackMessage; readonly id: string }> {
  return until(() => {
    for (const message of slack.workspace.messagesOf(PLACE).filter((one) => slackBody(one).includes(at)))
      for (const block of message.blocks as readonly { readonly elements?: readonly Pressable[] }[])
        for (const element of block.elements ?? [])
          if (element.text?.text === label && element.action_id !== undefined)
            return { message, id: element.action_id };
    throw new Error(`no ${label} in\n${slack.transcript(PLACE)}`);
  });
}

interface Pressable {
  readonly action_id?: string;
  readonly text?: { readonly text?: string };
}

const OPERATORS = { operators: ["U1ANN"] };

/** What only that person was told. */
const toldTo = (user: string): readonly string[] =>
  slack.workspace.messages.filter(({ ephemeralTo }) => ephemeralTo === user).map(slackBody);

async function audit(action: string): Promise<readonly { readonly actor: string; readonly result: string }[]> {
  const { data } = (await (await stage.get(`/api/v1/audit?action=${action}`)).json()) as { data: never };
  return data;
}

describe("a permission that is asked for on Slack", () => {
  beforeEach(async () => {
    await open(OPERATORS);
    await shown(/box is online/);
    await tell(STARTED, ["session.busy"], ASKED);
  });

  it("is given by a button, once, and the message says by whom", async () => {
    const { message, id } = await button("Allow once");
    const ann = slack.person("U1ANN", "ann");
    expect(await ann.press(message, id)).toMatchObject({ outcome: "acknowledged" });
    const command = await agent?.next("command");
    expect(command).toMatchObject({ command: "interaction.answer", args: { reply: "once" } });
    await shown(/ann on Slack answered once, which is on its way/);
    expect(slack.transcript(PLACE)).not.toContain("[*Allow once]");
    await tell(["interaction.answered", { interactionId: "per_1", reply: "once", commandId: command?.["id"] }]);
    await shown(/Allowed once by ann on Slack: bash git push/);
    await ann.press(message, id);
    await until(() => expect(toldTo("U1ANN").at(-1)).toContain("Allow once was pressed already, by ann on Slack"));
    expect(agent?.count("command")).toBe(0);
    expect(await audit("interactions.answer")).toMatchObject([
      { actor: "slack:U1ANN", role: "operator", surface: "chat" },
    ]);
  });

  it("is denied with a reason that the model reads", async () => {
    const { message, id } = await button("Deny…");
    const ann = slack.person("U1ANN", "ann");
    await ann.press(message, id);
    const form = await until(() => {
      const [modal] = slack.workspace.modals;
      if (modal === undefined) throw new Error("no form opened");
      return modal;
    });
    await ann.submit(form, { message: "not today" });
    const command = await agent?.next("command");
    expect(command).toMatchObject({ args: { reply: "reject", message: "not today" } });
  });

  it("is given by whoever presses before the answer is here that names the message", async () => {
    await button("Allow once");
    slack.faults.add("chat.postMessage", { kind: "slow_after", ms: 1_500 });
    const asked = { ...ASKED[1], interactionId: "per_2", summary: "bash git pull" };
    agent?.send(
      events(
        event((seq += 1), "session.busy", {}, { session: "ses_two", project: "api" }),
        event((seq += 1), "interaction.asked", asked, { session: "ses_two", project: "api" }),
      ),
    );
    const { message, id } = await button("Allow once", "bash git pull");
    await slack.person("U1ANN", "ann").press(message, id);
    expect(await agent?.next("command")).toMatchObject({ args: { interactionId: "per_2", reply: "once" } });
  });

  it("is given by what is typed, too", async () => {
    await button("Deny…");
    await slack.person("U1ANN", "ann").command(PLACE, "/hal deny per_1 not today");
    const command = await agent?.next("command");
    expect(command).toMatchObject({ args: { reply: "reject", message: "not today" } });
    await slack.person("U2BOB", "bob").command(PLACE, "/hal approve per_1");
    await until(() => expect(toldTo("U2BOB").at(-1)).toContain("approve needs the role operator"));
  });

  it("is given by nobody else: they are told so alone, and the audit has it", async () => {
    const { message, id } = await button("Allow once");
    await slack.person("U2BOB", "bob").press(message, id);
    await until(() =>
      expect(toldTo("U2BOB").at(-1)).toContain(
        "Allow once needs the role operator: whoever runs HAL adds U2BOB under channels.slack.access",
      ),
    );
    expect(await audit("interactions.answer")).toMatchObject([{ actor: "slack:U2BOB", result: "refused" }]);
    expect(agent?.count("command")).toBe(0);
    // the one who may has not lost it
    await slack.person("U1ANN").press(message, id);
    expect(await agent?.next("command")).toMatchObject({ args: { reply: "once" } });
  });

  it("is not given by a button that nobody made, or that stands elsewhere", async () => {
    const { message, id } = await button("Allow once");
    const ann = slack.person("U1ANN", "ann");
    await ann.press(message, "interactions.answer:per_1");
    const other = slack.workspace.say({ channel: PLACE, user: "U2BOB", text: "look here" });
    await ann.press(other, id);
    await until(() => expect(toldTo("U1ANN")).toHaveLength(2));
    expect(toldTo("U1ANN").join(" ")).toContain("This button does nothing any more");
    expect(agent?.count("command")).toBe(0);
    expect(await audit("chat")).toMatchObject([{ actor: "slack:U1ANN", result: "refused" }]);
  });

  it("may be asked for again where the first answer came to nothing", async () => {
    const { message, id } = await button("Allow once");
    await tell(["interaction.expired", { interactionId: "per_1", reason: "the session was aborted" }]);
    await slack.person("U1ANN").press(message, id);
    await until(() => expect(toldTo("U1ANN").at(-1)).toMatch(/expired|aborted/));
    expect(agent?.count("command")).toBe(0);
    await shown(/Not answered: bash git push; .*the session was aborted/);
  });
});

describe("a question that is asked on Slack", () => {
  const which = {
    question: "Which database?",
    header: "db",
    options: [
      { label: "Postgres", description: "as before" },
      { label: "SQLite", description: "" },
    ],
    multiple: false,
  };
  const asks = (questions: readonly object[]) =>
    [
      "interaction.asked",
      { interactionId: "que_1", kind: "question", summary: "Which database?", questions, askedAt: 1 },
    ] as const;

  it("is answered by the button of a choice, or in own words by a form", async () => {
    await open(OPERATORS);
    await shown(/box is online/);
    await tell(STARTED, ["session.busy"], asks([which]));
    const { message, id } = await button("SQLite");
    const own = await button("Other answer…");
    const ann = slack.person("U1ANN", "ann");
    await ann.press(own.message, own.id);
    await until(() => expect(slack.workspace.modals).toHaveLength(1));
    await ann.press(message, id);
    expect(await agent?.next("command")).toMatchObject({ args: { reply: "answer", answers: [["SQLite"]] } });
  });

  it("is answered by a form where several may be chosen, and words beside them", async () => {
    await open(OPERATORS);
    await shown(/box is online/);
    await tell(
      STARTED,
      ["session.busy"],
      asks([
        { ...which, multiple: true },
        { question: "And why?", header: "why", options: [], multiple: false },
      ]),
    );
    const { message, id } = await button("Answer…");
    const ann = slack.person("U1ANN", "ann");
    await ann.press(message, id);
    const form = await until(() => {
      const [modal] = slack.workspace.modals;
      if (modal === undefined) throw new Error("no form opened");
      return modal;
    });
    await ann.submit(form, { "answers.0": ["1"], "answers.0.own": "or DuckDB", "answers.1.own": "it is small" });
    expect(await agent?.next("command")).toMatchObject({
      args: { reply: "answer", answers: [["SQLite", "or DuckDB"], ["it is small"]] },
    });
  });
});

describe("what is typed on Slack", () => {
  it("is answered to whoever typed it, and what changes something to everybody", async () => {
    await open(OPERATORS);
    await tell(STARTED, ["session.busy"]);
    const ann = slack.person("U1ANN", "ann");
    await ann.command(PLACE, "/hal nodes");
    await until(() => expect(toldTo("U1ANN").at(-1)).toMatch(/All 1 nodes are online[^]*box +online/));
    await ann.command(PLACE, "/hal inject ses_one go on");
    expect(await agent?.next("command")).toMatchObject({ command: "session.prompt", args: { text: "go on" } });
    await slack.person("U2BOB", "bob").command(PLACE, "/hal inject ses_one stop");
    await until(() => expect(toldTo("U2BOB").at(-1)).toContain("inject needs the role operator"));
    expect(agent?.count("command")).toBe(0);
    await ann.command(PLACE, "/hal why nobody");
    await until(() => expect(toldTo("U1ANN").at(-1)).toContain("nobody"));
  });

  it("is done once more confirmed where it destroys something", async () => {
    await open(OPERATORS);
    await tell(STARTED, ["session.busy"]);
    const ann = slack.person("U1ANN", "ann");
    const typed = async (word: string): Promise<void> => {
      await ann.command(PLACE, "/hal kill ses_one");
      const form = await until(() => {
        const modal = slack.workspace.modals.at(-1);
        if (modal === undefined) throw new Error("no form opened");
        return modal;
      });
      expect(agent?.count("command")).toBe(0);
      await ann.submit(form, { word });
    };
    await typed("something");
    await until(() => expect(toldTo("U1ANN").at(-1)).toContain("nothing was done"));
    await typed("ses_one");
    expect(await agent?.next("command")).toMatchObject({ command: "session.kill" });
  });
});

describe("words in the thread of a session", () => {
  async function cardOf(): Promise<SlackMessage> {
    await tell(STARTED, ["session.error", { name: "APIError", message: "overloaded" }]);
    await shown("web on box failed");
    return messagesOf("web on box failed")[0] as SlackMessage;
  }

  it("are a prompt to it where the configuration says so, now or when its turn is over", async () => {
    await open(OPERATORS, { thread_replies: "queue" });
    const card = await cardOf();
    const ann = slack.person("U1ANN", "ann");
    await ann.say(PLACE, "! look at the log first", card.ts);
    expect(await agent?.next("command")).toMatchObject({
      command: "session.prompt",
      args: { text: "look at the log first" },
    });
    await slack.person("U2BOB", "bob").say(PLACE, "and stop", card.ts);
    await until(() => expect(toldTo("U2BOB").at(-1)).toContain("a prompt needs the role operator"));
    await ann.say(PLACE, "this is for people", undefined);
    await ann.say(PLACE, "and then the tests", card.ts);
    const { data } = await until(async () => {
      const listed = (await (await stage.get("/api/v1/prompts")).json()) as { data: { text: string }[] };
      expect(listed.data).not.toEqual([]);
      return listed;
    });
    expect(data.map(({ text }) => text)).toEqual(["and then the tests"]);
  });

  it("are for people alone where it does not", async () => {
    await open(OPERATORS);
    const card = await cardOf();
    await slack.person("U1ANN").say(PLACE, "look at the log first", card.ts);
    await slack.person("U1ANN").command(PLACE, "/hal nodes");
    await until(() => expect(toldTo("U1ANN")).not.toEqual([]));
    expect(agent?.count("command")).toBe(0);
  });

  it("and the platform's own stop button ends the turn of that session", async () => {
    await open(OPERATORS);
    const card = await cardOf();
    await tell(["session.busy"]);
    await slack.person("U1ANN").stop(PLACE, card.ts);
    expect(await agent?.next("command")).toMatchObject({ command: "session.abort", args: { sessionId: "ses_one" } });
  });
});

describe("Slack's signed requests", () => {
  it("are taken at the HTTP port, and nobody else's", async () => {
    const section = {
      bot_token: slack.botToken,
      signing_secret: slack.signingSecret,
      mode: "http",
      api_url: slack.apiUrl,
    };
    stage = await startStage(
      {},
      { channels: { slack: { ...section, channels: { alerts: PLACE }, access: OPERATORS } } },
    );
    const address = `http://127.0.0.1:${stage.supervisor.httpPort}/slack/events`;
    slack.sendTo(address);
    await come();
    await tell(STARTED, ["session.busy"], ASKED);
    const { message, id } = await button("Allow once");
    await slack.person("U1ANN").press(message, id);
    expect(await agent?.next("command")).toMatchObject({ args: { reply: "once" } });
    const forged = await fetch(address, { method: "POST", body: "payload={}" });
    expect(forged.status).toBe(401);
  });

  it("are not taken where nobody tells people on Slack", async () => {
    stage = await startStage();
    const answer = await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}/slack/events`, { method: "POST" });
    expect(answer.status).toBe(404);
  });
});

describe("how an app is made", () => {
  it("is said with what each right is for, and as a manifest that has just these", async () => {
    stage = await startStage();
    const answer = (await (await stage.get("/api/v1/channels/setup/slack")).json()) as {
      data: { steps: string[]; rights: { name: string; why: string }[]; manifest: string; address: string };
    };
    const { steps, rights, manifest, address } = answer.data;
    const made = JSON.parse(manifest) as { oauth_config: { scopes: { bot: string[] } }; settings: object };
    expect([...made.oauth_config.scopes.bot, "connections:write"]).toEqual(rights.map(({ name }) => name));
    expect(rights.every(({ why }) => why.length > 10)).toBe(true);
    expect(steps.join(" ")).toContain("channels.slack.app_token");
    expect(JSON.parse(new URL(address).searchParams.get("manifest_json") ?? "")).toEqual(made);
    const plain = await stage.get("/api/v1/channels/setup/slack?url=http://hal.example.org/");
    expect([plain.status, await plain.json()]).toMatchObject([400, { error: expect.stringContaining("https://") }]);
    const http = await stage.get("/api/v1/channels/setup/slack?url=https://hal.example.org/slack/events");
    expect(await http.json()).toMatchObject({
      data: { steps: expect.arrayContaining([expect.stringContaining("signing_secret")]) },
    });
  });
});

describe("without anybody named", () => {
  it("everybody reads, and nobody acts", async () => {
    await open();
    await shown(/box is online/);
    await tell(STARTED, ["session.busy"], ASKED);
    const { message, id } = await button("Allow once");
    await slack.person("U1ANN").press(message, id);
    await until(() => expect(toldTo("U1ANN").at(-1)).toContain("needs the role operator"));
    expect(agent?.count("command")).toBe(0);
  });
});
