import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { SessionView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { ChatPlace } from "./chat/chat-place.ts";
import { Chronicle } from "./chat/chronicle.ts";
import { DiscordPlace } from "./chat/discord-place.ts";
import { SlackPlace } from "./chat/slack-place.ts";
import { HANDOVER_IN_WORDS, WRITES_DOWN } from "./handovers/handover-script.ts";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { ROOT } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

const QUESTIONS = [
  {
    question: "Which database should the cache use?",
    header: "Database",
    options: [
      { label: "SQLite", description: "one file, nothing to run" },
      { label: "Redis", description: "a server of its own" },
    ],
  },
];

/** What people type, and what the model then does. */
const SCRIPTS = {
  "Ship version 2": `[[tool: bash ${JSON.stringify({ command: "git push --force nowhere", description: "push" })}]] [[say: Shipped.]]`,
  "Plan the cache": `[[tool: question ${JSON.stringify({ questions: QUESTIONS })}]] [[say: SQLite it is.]]`,
  "Now tidy up": "[[say: Tidy.]]",
  "Count the stars": "[[slow: 3000]]",
};

const PLACES: readonly [string, () => Promise<ChatPlace>][] = [
  ["Slack", () => SlackPlace.open()],
  ["Discord", () => DiscordPlace.open()],
];

// I31
describe.each(PLACES)("a night as people see it on %s", (name, open) => {
  let stage: Stage;
  let web: Agent;
  let api: Agent;
  let place: ChatPlace;
  let chronicle: Chronicle;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    place = await open();
    stage = await Stage.open(inject("opencode"));
    stage.provider.learn(HANDOVER_IN_WORDS, WRITES_DOWN);
    for (const [prompt, script] of Object.entries(SCRIPTS)) stage.provider.learn(prompt, script);
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    const told = "interaction.asked || session.idle || session.error || node.offline || node.online";
    const routes = [{ match: told, target: `${name.toLowerCase()}#alerts` }];
    const channels = { [name.toLowerCase()]: place.section };
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, channels, routes }));
    await stage.startSupervisor();
    const permission = { bash: { "*": "allow", "git push*": "ask" } };
    web = stage.agent("tokyo", { projects: ["web"], permission });
    api = stage.agent("lagos", { projects: ["api"], permission });
    for (const agent of [web, api]) {
      agent.start();
      await stage.nodeUp(agent);
    }
    chronicle = new Chronicle(path.join(ROOT, "docs", "assets", `chat-${name.toLowerCase()}.md`));
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  /** What is another one each time, made the same. */
  const tidy = (text: string): string =>
    text
      .replaceAll(/\b(ses|cmd|per|que|evt|nod)_[\w-]+/g, "$1_…")
      .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b/g, "…")
      .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?( UTC)?/g, "2026-11-28 03:14 UTC")
      .replaceAll(/\b\d+ (ms|s|min)( \d+ (ms|s))?\b/g, "9 s")
      .replaceAll(/\(\d+ missed\)/g, "(3 missed)")
      .replaceAll(/(Tokens\*?:) .*/g, "$1 45,231 / 200,000 (22 %)")
      .replaceAll(/\$\d+\.\d+/g, "$0.04");
  /** Whether a message was there already when something became well, and so has that in its thread, is a matter of pace. */
  const seen = (): string =>
    tidy(place.transcript())
      .replaceAll(/^HAL \(changed\):$/gm, "HAL:")
      .replaceAll(/\n {4}HAL:\n {6}\*\*.* (is online|rests: .*)\*\*\n {6}2026.*/g, "");
  const sessionOf = (project: string): Promise<SessionView> => stage.session(project);
  const inStatus = (project: string, status: SessionView["status"]): Promise<SessionView> =>
    eventually(async () => {
      const session = await sessionOf(project);
      if (session.status !== status) throw new Error(`${project} is ${session.status}`);
      return session;
    }, 60_000);
  const formOpens = (): Promise<string> => eventually(() => tidy(place.form()), 60_000);

  test("two machines that come up, starting a session, and allowing what it asks", async () => {
    await chronicle.chapter(
      {
        title: "Two machines come up",
        did: "The agents of tokyo and lagos are started.",
        sees: /^(?=[^]*tokyo is online)[^]*lagos is online/,
      },
      seen,
    );
    await place.type("ann", "start", { project: "web", prompt: "Ship version 2" });
    await chronicle.chapter(
      {
        title: "A session is started, and asks before it pushes",
        did: `Ann types \`start web …\`.`,
        sees: /web on tokyo waits for a person/,
      },
      seen,
    );
    await place.press("bob", "Allow once");
    await eventually(() => expect(place.toldTo("bob")).toMatch(/Allow once needs the role operator/), 60_000);
    expect((await sessionOf("web")).status).toBe("waiting");
    await place.press("ann", "Allow once");
    await inStatus("web", "idle");
    await chronicle.chapter(
      {
        title: "The push is allowed by a button",
        did: "Bob, who may only look, presses **Allow once**, and is told alone that he may not. Then Ann presses it.",
        sees: /web on tokyo rests: finished its turn[^]*Allowed once by/,
      },
      seen,
    );
  });

  test("answering a question by a form", async () => {
    await place.type("ann", "start", { project: "api", prompt: "Plan the cache" });
    await inStatus("api", "waiting");
    await chronicle.chapter(
      {
        title: "Another session has a question",
        did: "Ann types `start api Plan the cache`.",
        sees: /api on lagos waits for a person/,
      },
      seen,
    );
    await place.press("ann", "Other answer…");
    const also = await formOpens();
    await place.fillIn("ann", { "answers.0": ["0"], "answers.0.own": "in one file per day" });
    await inStatus("api", "idle");
    await chronicle.chapter(
      {
        title: "The question is answered by a form",
        did: "Ann presses **Other answer…**, chooses SQLite, and adds “in one file per day”.",
        also,
        sees: /api on lagos rests: finished its turn[^]*Answered by/,
      },
      seen,
    );
    expect(place.toldTo("ann")).toBe("");
  });

  test("prompting, and restarting with a handover", async () => {
    const first = await sessionOf("web");
    await place.type("ann", "inject", { ref: "web", text: "Now tidy up" });
    await eventually(async () => {
      const texts = (await stage.messages(first.id)).map(({ text }) => text);
      if (!texts.includes("Tidy.")) throw new Error(texts.join("\n"));
    }, 60_000);
    await inStatus("web", "idle");
    await chronicle.chapter(
      {
        title: "A session that rests is prompted",
        did: "Ann types `inject web Now tidy up`.",
        sees: /ann prompted web/,
      },
      seen,
    );
    await place.type("ann", "restart", { ref: "web" });
    const also = await formOpens();
    await place.fillIn("ann", { word: "web" });
    await eventually(async () => expect((await stage.session(first.id)).continued_by).not.toBeNull(), 60_000);
    await inStatus("web", "idle");
    await chronicle.chapter(
      {
        title: "A session is restarted, and hands over",
        did: "Ann types `restart web`, and its name once more.",
        also,
        sees: /ann restarted web/,
      },
      seen,
    );
  });

  test("a node that goes away and comes back", async () => {
    await api.program.kill();
    await chronicle.chapter(
      { title: "A node goes away", did: "Somebody pulls the plug of lagos.", sees: /lagos is offline/ },
      seen,
    );
    api.start();
    await stage.nodeUp(api);
    await chronicle.chapter(
      { title: "The node is back", did: "Lagos is started again.", sees: /lagos is online/ },
      seen,
    );
    expect(place.transcript().match(/lagos is offline: no heartbeat/g)).toHaveLength(1);
  });

  test("killing a session, after it was confirmed", async () => {
    const { id } = await sessionOf("web");
    await place.type("ann", "inject", { ref: "web", text: "Count the stars" });
    await inStatus("web", "busy");
    await eventually(() => expect(seen()).toMatch(/ann prompted web\*\*\n *Count the stars/), 60_000);
    await place.type("ann", "kill", { ref: "web" });
    const also = await formOpens();
    await place.fillIn("ann", { word: "something" });
    await eventually(() => expect(place.toldTo("ann")).toMatch(/nothing was done: web was not typed/), 60_000);
    expect((await stage.session(id)).status).toBe("busy");
    await place.type("ann", "kill", { ref: "web" });
    await formOpens();
    await place.fillIn("ann", { word: "web" });
    await stage.sessionIn(id, "ended", 60_000);
    await chronicle.chapter(
      {
        title: "A session is killed, after it was confirmed",
        did: "Ann types `kill web`, and at first another word than its name, by which nothing is done. Then she types its name.",
        also,
        sees: /ann killed web/,
      },
      seen,
    );
  });

  test("reads as it is written down, and the platform had nothing against any of it", () => {
    const head = `# A night on ${place.name}\n\nWritten by \`WRITE_CHRONICLE=1 npm test -- e2e/chat\`, which compares it from then on. Each chapter shows what is new in the channel when all has settled; ids, times and sums are made the same, and lines in threads that say only that something is well are left out.`;
    const { told, written } = chronicle.close(head);
    expect(told).toEqual(written);
    expect(place.complaints()).toEqual([]);
  });
});
