// npm run across -- --before REVISION [--built FOLDER --only PART --record FILE]: the shipped executables of an earlier revision and those of
// this tree, together and on one another's data, with a real opencode.
import { build } from "../../tools/build.mjs";
import { misused, readOptions } from "../../tools/options.ts";
import { ensureOpencode } from "../../tools/opencode.mjs";
import { Revision } from "../../tools/revision.ts";
import { buildsOf, ROOT } from "../harness/program.ts";
import { meet } from "./meet.ts";
import { recordLink } from "./record-link.ts";
import { Report } from "../harness/report.ts";
import { upgrade } from "./upgrade.ts";

const USAGE = "npm run across -- --before REVISION [--built FOLDER] [--only PART] [--record FILE]";
const { values } = readOptions(USAGE, {
  options: {
    before: { type: "string", default: "" },
    built: { type: "string" },
    only: { type: "string", default: "" },
    record: { type: "string" },
  },
});
if (values.before === "" && values.built === undefined)
  misused(USAGE, "say what was before: --before REVISION, or --built FOLDER, where a tree of it is built already");

const began = performance.now();
const report = new Report((line) => console.log(line));
build();
const opencode = await ensureOpencode();
using revision = values.built === undefined ? new Revision(ROOT, values.before) : undefined;
revision?.build();
const before = revision?.folder ?? values.built ?? "";
console.log(`before is ${revision?.commit ?? before}; it was there after ${seconds()} s`);

if (values.record !== undefined) {
  await recordLink(opencode, before, { file: values.record, commit: revision?.commit ?? values.before });
  process.exit(0);
}

const scenes: Readonly<Record<string, () => Promise<void>>> = {
  "a supervisor of this tree, agent and halctl of the tree before": () =>
    meet(opencode, { ...buildsOf(before), "hal-supervisor": ROOT }, report),
  "a supervisor of the tree before, agent and halctl of this tree": () =>
    meet(opencode, { ...buildsOf(), "hal-supervisor": before }, report),
  "data of the tree before, opened by this one": () => upgrade(opencode, before, report),
};
for (const [about, work] of Object.entries(scenes)) if (about.includes(values.only)) await report.scene(about, work);

console.log(`${report.steps} steps in ${seconds()} s: ${report.problems.length} problems`);
process.exitCode = report.problems.length === 0 && report.steps > 0 ? 0 : 1;

function seconds(): number {
  return Math.round((performance.now() - began) / 1_000);
}
