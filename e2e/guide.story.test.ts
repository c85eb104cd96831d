import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeCertificate } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { EXPECTED } from "./guide/guide-commands.ts";
import { GuidePlace } from "./guide/guide-place.ts";
import { blocksOf, commandsOf, type Section, SECTIONS } from "./guide/guide-text.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { ROOT } from "./harness/program.ts";

const CONTROL = "halctl --supervisor-url ws://localhost:8420 --auth-token <token>";
const VALIDATE = {
  supervisor: "hal-supervisor --config /etc/hal-o-swarm/supervisor.config.json --validate",
  agent: "hal-agent --config /etc/hal-o-swarm/agent.config.json --validate",
};

describe("the deployment guide, copied word for word", () => {
  let place: GuidePlace;
  printLogOnFailure(() => place);

  beforeAll(async () => {
    place = await GuidePlace.open(inject("opencode"));
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("has an expectation for each of its commands, and there is none for a command that it does not have", () => {
    const commands = SECTIONS.flatMap(commandsOf);
    expect(commands.length).toBeGreaterThan(40);
    expect(new Set(commands)).toEqual(new Set(Object.keys(EXPECTED)));
  });

  test("is corrected in our pages where a command of it does not do what it means", () => {
    const pages = ["DEPLOYMENT.md", "configuration.md"].map((name) =>
      readFileSync(path.join(ROOT, "docs", name), "utf8"),
    );
    const text = pages
      .join("\n")
      .replaceAll(/\\\n\s*/g, "")
      .replaceAll("\\|", "|");
    for (const expected of Object.values(EXPECTED)) {
      if ("elsewhere" in expected || expected.instead === undefined) continue;
      expect(expected.because).not.toBeUndefined();
      expect(text).toContain(expected.instead);
    }
  });

  test("has configurations that are valid, and judging them touches nothing", async () => {
    const supervisor = await place.run(VALIDATE.supervisor);
    expect([supervisor.code, supervisor.out]).toEqual([0, expect.stringMatching(/^configuration valid$/m)]);
    const agent = await place.run(VALIDATE.agent);
    expect([agent.code, agent.out]).toEqual([0, expect.stringMatching(/^configuration valid$/m)]);
    expect(agent.out).toMatch(/^warning: project project-1 is missing: .* does not exist$/m);
    expect(readdirSync(place.file("/var/lib/hal-o-swarm"))).toEqual([]);
  });

  test("has programs that start by its variables, and the agent tells whose file it was given", async () => {
    place.startSupervisor();
    const mistaken = place.startAgent([]);
    expect(await mistaken.ended).toMatchObject({ code: 1 });
    expect(mistaken.stderr).toMatch(/^hal-agent: .*this is a supervisor's configuration; the agent needs its own/);
    place.startAgent();
    await eventually(async () => {
      const { out } = await place.run(`${CONTROL} nodes list`);
      expect(out).toMatch(/ online .*project project-1 is missing/);
    }, 40_000);
    expect(readdirSync(place.file("/var/lib/hal-o-swarm"))).toContain("supervisor.db");
  });

  const seen = async (typed: string, { skip }: { readonly skip: (condition: boolean, note: string) => void }) => {
    skip(!isHere(typed), "no such program on this machine");
    return place.run(typed);
  };

  test.for(typedIn("Verification"))("Verification: $typed", async ({ typed, holds }, context) => {
    const result = await seen(typed, context);
    expect(result).toMatchObject({ code: 0 });
    await holds?.({ result, place });
  });

  test.for(typedIn("Monitoring"))("Monitoring: $typed", async ({ typed, holds }, context) => {
    const result = await seen(typed, context);
    expect(result).toMatchObject({ code: 0 });
    await holds?.({ result, place });
  });

  test("runs a session once its project is there", async () => {
    expect(await startSession(place)).toContain("hello");
  });

  test.for(typedIn("Troubleshooting"))("Troubleshooting: $typed", async ({ typed, holds }, context) => {
    const result = await seen(typed, context);
    expect(result).toMatchObject({ code: 0 });
    await holds?.({ result, place });
  });

  // what was in the audit before is not in the backup, which was made at the start
  test("runs another session after the restore", async () => {
    expect(await startSession(place)).toContain("hello");
  });

  test.for(typedIn("Security Considerations"))("Security: $typed", async ({ typed, holds }, context) => {
    const result = await seen(typed, context);
    expect(result).toMatchObject({ code: 0 });
    await holds?.({ result, place });
  });

  test.each(blocksOf("Security Considerations", "json"))(
    "has a part about security that fits its configuration: %s",
    async (part) => {
      if (!existsSync(place.file("/etc/hal-o-swarm/cert.pem"))) await putCertificate(place);
      const [whole = ""] = blocksOf("Supervisor Configuration", "json");
      const { security, ...rest } = JSON.parse(whole) as { readonly security: object };
      const { security: added } = JSON.parse(part) as { readonly security: object };
      const file = place.file("/etc/hal-o-swarm/merged.json");
      writeFileSync(file, place.at(JSON.stringify({ ...rest, security: { ...security, ...added } })));
      const { code, out } = await place.run(`hal-supervisor --config ${file} --validate`);
      expect([code, out]).toEqual([0, expect.stringMatching(/^configuration valid$/m)]);
    },
  );
});

/** What is typed in a section, in the guide's order. */
function typedIn(section: Section) {
  return commandsOf(section).flatMap((command) => {
    const expected = EXPECTED[command];
    if (expected === undefined || "elsewhere" in expected) return [];
    return [{ typed: expected.instead ?? command, holds: expected.holds }];
  });
}

function startSession(place: GuidePlace): Promise<string> {
  mkdirSync(place.file("/home/user/project-1"), { recursive: true });
  return eventually(async () => {
    const { code, out } = await place.run(`${CONTROL} sessions start project-1 "[[say: hello]]" --wait`);
    if (code !== 0) throw new Error(out);
    return out;
  }, 40_000);
}

/** Where no openssl is there to make one. */
async function putCertificate(place: GuidePlace): Promise<void> {
  const { cert, key } = await makeCertificate();
  writeFileSync(place.file("/etc/hal-o-swarm/cert.pem"), cert);
  writeFileSync(place.file("/etc/hal-o-swarm/key.pem"), key, { mode: 0o600 });
}

/** Whether the programs of a command line are there; ours are. */
function isHere(command: string): boolean {
  const env = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  return command.split("|").every((part) => {
    const program = path.basename(part.trim().replace("sudo ", "").split(" ")[0] ?? "");
    return program.startsWith("hal") || spawnSync("bash", ["-c", `command -v ${program}`], { env }).status === 0;
  });
}
