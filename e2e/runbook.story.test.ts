import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { WebhookReceiver } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { NOT_MADE, type PageSection, sectionsOf } from "../tools/page-commands.ts";
import { INCIDENTS, NODE } from "./guide/incidents.ts";
import { OUR_TEXTS } from "./guide/our-texts.ts";
import { Typist } from "./guide/typist.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";

const typedIn = (sections: readonly PageSection[]): PageSection[] =>
  sections.filter(({ commands }) => commands.length > 0);
const RUNBOOK = typedIn(sectionsOf("docs/RUNBOOK.md"));
const ROLLBACK = typedIn(sectionsOf("docs/ROLLBACK.md"));
const TOKEN = "your-shared-secret-here";

describe("a fleet that somebody looks after", () => {
  let typist: Typist;
  let receiver: WebhookReceiver;
  printLogOnFailure(() => typist);

  beforeAll(async () => {
    receiver = await new WebhookReceiver().listen();
    typist = await Typist.open(inject("opencode"), OUR_TEXTS);
    const { place, services } = typist;
    for (const name of ["project-1", "project-2"]) mkdirSync(place.file(`/home/user/${name}`), { recursive: true });
    change("supervisor", ({ server, ...rest }) => ({
      ...rest,
      server: { ...(server as object), heartbeat_interval_sec: 1 },
      channels: { webhooks: { ops: { url: receiver.url, allow_private: true } } },
      routes: [{ match: "session.idle", target: "webhook#ops" }],
      policies: { alert_on_stuck: { stuck_minutes: 0.03 } },
      sessions: { parallel: true },
    }));
    change("agent", (config) => ({
      ...config,
      node: { name: NODE },
      health: { quiet_seconds: 0.5 },
      opencode: { config: { permission: { bash: { "*": "allow", "git *": "ask" } } } },
    }));
    await services.take("sudo systemctl start hal-supervisor hal-agent");
    await place.run(`halctl config set home --supervisor-url ws://localhost:8420 --auth-token ${TOKEN}`);
    await typist.isWell();
  });
  afterAll(async () => {
    await typist[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  describe.each(RUNBOOK)("by the runbook, $title:", ({ title, commands, shown }) => {
    beforeAll(async () => {
      typist.begin({});
      typist.seen = "";
      typist.begin((await INCIDENTS[title]?.({ typist, receiver })) ?? {});
    });
    test.for(commands)("$typed", async (command, { skip }) => {
      skip(!typist.canType(command), "no such program on this machine");
      expect(await typist.type(command)).toMatchObject({ isAsSaid: true });
    });

    test.for(NOT_MADE.includes(title) ? [] : shown)("what the page shows was seen: %s", (line) => {
      expect(`${typist.seen}\n${typist.logs.join("\n")}`).toMatch(patternOf(line));
    });

    test("it is over", async () => {
      expect(await typist.isWell()).toContain(" online ");
    });
  });

  test("each incident is one of the runbook", () => {
    expect(RUNBOOK.map(({ title }) => title)).toEqual(expect.arrayContaining(Object.keys(INCIDENTS)));
  });

  describe.each(ROLLBACK)("going back, $title:", ({ title, commands }) => {
    beforeAll(() => {
      typist.begin({});
      if (title !== "The programs") return;
      const program = typist.place.file("/usr/local/bin/hal-supervisor");
      copyFileSync(program, `${program}.old`);
      symlinkSync(`${program}.old`, `${program}.backup`);
    });
    test.for(commands)("$typed", async (command, { skip }) => {
      skip(!typist.canType(command), "no such program on this machine");
      expect(await typist.type(command)).toMatchObject({ isAsSaid: true });
    });

    test("the fleet is well afterwards", async () => {
      expect(await typist.isWell()).toContain(" online ");
    });
  });

  function change(name: "supervisor" | "agent", to: (config: Record<string, unknown>) => object): void {
    const file = typist.place.file(`/etc/hal-o-swarm/${name}.config.json`);
    const config = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify(to(config), null, 2));
  }
});

/** What is shown, with anything where the page has `…`. */
function patternOf(line: string): RegExp {
  const parts = line.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(parts.join(".*"));
}
