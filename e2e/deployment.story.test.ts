import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { commandsOf, sectionsOf } from "../tools/page-commands.ts";
import { OUR_PARTS, OUR_TEXTS } from "./guide/our-texts.ts";
import { Typist } from "./guide/typist.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";

const SECTIONS = sectionsOf("docs/DEPLOYMENT.md").filter(({ commands }) => commands.length > 0);

describe("our deployment guide, typed as it stands", () => {
  let typist: Typist;
  printLogOnFailure(() => typist);

  beforeAll(async () => {
    typist = await Typist.open(inject("opencode"), OUR_TEXTS);
  });
  afterAll(() => typist[Symbol.asyncDispose]());

  describe.each(SECTIONS)("$title:", ({ title, commands }) => {
    beforeAll(async () => {
      if (title === "Monitoring") await typist.isWell();
    });
    test.for(commands)("$typed", async (command, { skip }) => {
      skip(!typist.canType(command), "no such program on this machine");
      expect(await typist.type(command)).toMatchObject({ isAsSaid: true });
    });
  });

  test.each(OUR_PARTS)("has a part that fits its configuration: %s", async (part) => {
    const { place } = typist;
    const { security, ...rest } = JSON.parse(OUR_TEXTS.supervisor) as { readonly security: object };
    const { security: added } = JSON.parse(part) as { readonly security: object };
    const file = place.file("/etc/hal-o-swarm/merged.json");
    writeFileSync(file, place.at(JSON.stringify({ ...rest, security: { ...security, ...added } })));
    const { code, out } = await place.run(`hal-supervisor --config ${file} --validate`);
    expect([code, out]).toEqual([0, expect.stringMatching(/^configuration valid$/m)]);
  });

  describe("and the page about the configuration:", () => {
    test.for(commandsOf("docs/configuration.md"))("$typed", async (command, { skip }) => {
      skip(!typist.canType(command), "no such program on this machine");
      expect(await typist.type(command)).toMatchObject({ isAsSaid: true });
    });
  });

  test("README and development guide have only commands of halctl that it knows", async () => {
    const commands = [...commandsOf("README.md"), ...commandsOf("docs/development.md")]
      .map(({ typed }) => /^(?:npm run halctl --|halctl) (.*)$/.exec(typed)?.[1])
      .filter((words) => words !== undefined);
    expect(commands.length).toBeGreaterThan(15);
    // nobody is there: whoever is understood is told that, or has no need of it, and wrong usage would be 2
    await typist.services.take("sudo systemctl stop hal-supervisor hal-agent");
    writeFileSync(typist.place.file("hal-token"), "your-shared-secret-here\n", { mode: 0o600 });
    for (const words of commands) {
      // a person at a terminal is asked
      const { code, out } = await typist.place.run(`halctl ${words}${words.startsWith("stop ") ? " --yes" : ""}`);
      expect([words, code !== 2 && code !== 127, out]).toEqual([words, true, out]);
    }
  });
});
