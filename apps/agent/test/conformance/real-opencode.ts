import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createLogger, parseConfig, systemClock } from "@hal/daemon";
import { OFFLINE_OPENCODE, startModelProvider } from "@hal/testkit";
import { expect } from "vitest";
import { AgentConfig } from "../../src/config.ts";
import { OpencodeSupervisor } from "../../src/opencode/process/supervise.ts";
import { connectOpencode } from "../../src/opencode/v1/client.ts";
import type { Prompts, Stand } from "./stand.ts";

const tool = (name: string, args: object): string => `[[tool: ${name} ${JSON.stringify(args)}]]`;
const COLOUR = {
  question: "Which colour?",
  header: "Colour",
  options: ["red", "blue"].map((label) => ({ label, description: `the ${label} one` })),
};

const PROMPTS: Prompts = {
  says: (text) => `[[say: ${text}]]`,
  takesTime: "[[slow: 20]]",
  neverEnds: "[[slow: 6000]]",
  runs: (words) => `${tool("bash", { command: `echo ${words}`, description: "echo" })} [[say: it is done]]`,
  needsPermission: `${tool("bash", { command: "git push nowhere", description: "push" })} [[say: on we go]]`,
  asksColour: `${tool("question", { questions: [COLOUR] })} [[say: thanks]]`,
  fails: "[[error: 401]]",
  writes: `${tool("write", { filePath: "notes.txt", content: "one\ntwo\n" })} [[say: written]]`,
  lists: `${tool("todowrite", { todos: [{ content: "Write it", status: "completed", priority: "high" }] })} [[say: noted]]`,
};

/** A real opencode, as an agent starts and asks it, with a model that answers by its script. */
export async function openOpencode(command: string): Promise<Stand> {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "hal conformance ")));
  const directories = [path.join(folder, "one"), path.join(folder, "two")] as const;
  for (const directory of directories) {
    mkdirSync(directory);
    spawnSync("git", ["init", "--quiet"], { cwd: directory });
  }
  const provider = await startModelProvider();
  const { config } = parseConfig(
    AgentConfig,
    {
      supervisor_url: "ws://127.0.0.1:1",
      auth_token: "t",
      opencode: {
        command,
        env: { ...OFFLINE_OPENCODE, XDG_CONFIG_HOME: path.join(folder, "config") },
        config: { ...provider.opencodeConfig(), permission: { bash: { "*": "allow", "git push*": "ask" } } },
      },
    },
    { env: {} },
  );
  const opencode = new OpencodeSupervisor(
    {
      config: config.opencode,
      port: 0,
      ownSecrets: () => [],
      dataDir: folder,
      env: { PATH: process.env["PATH"], HOME: folder },
      clock: systemClock,
      log: createLogger({ name: "conformance", destination: { write: () => undefined } }),
      isIdle: async () => false,
      changedConfig: { due: () => [], take: () => undefined },
      connect: connectOpencode,
      onRun: async () => undefined,
    },
    () => undefined,
  );
  await opencode.waitUp(AbortSignal.timeout(100_000));
  expect(opencode.report()).toMatchObject({ state: "up", version: expect.stringMatching(/^1\.18\./) });
  return {
    backEnd: opencode.api(),
    directories,
    prompts: PROMPTS,
    model: { name: "scripted/scripted-model", contextLimit: 100_000, takes: [] },
    async [Symbol.asyncDispose]() {
      await opencode[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
