import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { capabilities, floors } from "../../.dependency-cruiser.mjs";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const houses = Object.entries(floors);

/** Folders of a house that have a rule of their own. */
const ABOVE_ALL: Readonly<Record<string, readonly string[]>> = { "packages/store/src/supervisor": ["writer"] };

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

let folder: string;
let violations: readonly Violation[];

/** The composition, a part of the door itself, and those who must not. */
const USERS_OF_V1 = ["agent.ts", "opencode/v1/answers.ts", "context.ts", "opencode/process/own.ts", "uplink/own.ts"];

/** Houses in which every folder imports every other one, and a back end that is imported from everywhere. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hal arrows "));
  for (const [house, names] of houses)
    for (const name of names) {
      const own = join(folder, house, name);
      await mkdir(own, { recursive: true });
      await writeFile(join(own, "value.ts"), "export const value = 1;\n");
      for (const other of names.filter((one) => one !== name))
        await writeFile(
          join(own, `uses-${other}.ts`),
          `import { value } from "../${other}/value.ts";\nexport const own = value;\n`,
        );
    }
  await writeUses("apps/agent/src", "opencode/v1/client.ts", USERS_OF_V1);
  await symlink(join(repository, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), "{}");
  violations = await cruise();
});
afterAll(() => rm(folder, { recursive: true }));

/** A file, and others that import it. */
async function writeUses(house: string, used: string, users: readonly string[]): Promise<void> {
  for (const file of [used, ...users]) {
    const path = join(folder, house, file);
    await mkdir(dirname(path), { recursive: true });
    const from = relative(dirname(path), join(folder, house, used));
    const uses = `import { value } from "./${from}";\nexport const own = value;\n`;
    await writeFile(path, file === used ? "export const value = 1;\n" : uses);
  }
}

async function cruise(): Promise<Violation[]> {
  const bin = join(repository, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");
  const args = [
    bin,
    "--config",
    join(repository, ".dependency-cruiser.mjs"),
    "--output-type",
    "json",
    "apps",
    "packages",
  ];
  const output = await new Promise<string>((resolve) => {
    // it exits with the number of errors
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 ** 2 }, (_error, stdout) => resolve(stdout));
  });
  return (JSON.parse(output) as { summary: { violations: Violation[] } }).summary.violations;
}

it("lets only the composition see one version of opencode", () => {
  const found = violations.filter(({ rule }) => rule.name === "a-back-end-stays-behind-its-door");
  expect(found.map(({ from }) => from).toSorted()).toEqual(
    ["context.ts", "opencode/process/own.ts", "uplink/own.ts"].map((file) => `apps/agent/src/${file}`),
  );
});

describe("the order of capabilities", () => {
  it.each(houses)("lets no folder of %s look up to one that stands above it, and each look down", (house, names) => {
    const upwards = names.flatMap((name, index) =>
      names.slice(index + 1).map((above) => `${house}/${name}/uses-${above}.ts → ${house}/${above}/value.ts`),
    );
    const found = violations
      // a house may stand in a folder of another one
      .filter(({ from, rule }) => dirname(dirname(from)) === house && rule.name.endsWith("-looks-down"))
      .map(({ from, to }) => `${from} → ${to}`);
    expect(found.toSorted()).toEqual(upwards.toSorted());
  });

  it.each(houses)("names each folder of %s, or what is above them all", async (house, names) => {
    const there = await readdir(join(repository, house), { withFileTypes: true });
    const folders = there.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect([...names, ...(ABOVE_ALL[house] ?? [])].toSorted()).toEqual(folders.toSorted());
  });

  it("is the one in which the supervisor puts them together", async () => {
    const list = await readFile(join(repository, "apps/supervisor/src/capabilities/index.ts"), "utf8");
    const together = [...list.matchAll(/\.with\((\w+)\)/g)].map(([, name]) => name);
    // finding what a person means answers no operation and adds nothing
    expect(capabilities.supervisor.filter((name) => name !== "references")).toEqual(together);
  });
});
