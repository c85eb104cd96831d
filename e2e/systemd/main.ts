// npm run systemd [-- --only NAME --suite bookworm|bullseye|trixie --from DIR]: a release installed, operated, upgraded and rolled back on machines
// that boot a systemd of their own. It needs root; nothing of it is left behind.
import path from "node:path";
import { misused, numberOf, readOptions } from "../../tools/options.ts";
import { ensureOpencode } from "../../tools/opencode.mjs";
import { ROOT } from "../harness/program.ts";
import { Report } from "../harness/report.ts";
import { releaseIn } from "./release.ts";
import { SUITES } from "./rig/base-root.ts";
import { whyNotHere } from "./rig/why-not-here.ts";
import { installs, layouts } from "./scenes/installs.ts";
import { operates } from "./scenes/operates.ts";
import { refusals } from "./scenes/refusals.ts";
import { survives } from "./scenes/survives.ts";
import { thePages } from "./scenes/the-pages.ts";
import { theRig } from "./scenes/the-rig.ts";
import { threeCommands } from "./scenes/three-commands.ts";
import { uninstalls } from "./scenes/uninstalls.ts";
import { brokenReleases, upgrades } from "./scenes/upgrades.ts";
import { TestBed } from "./test-bed.ts";

const USAGE = `npm run systemd -- [--only NAME] [--suite ${SUITES.join("|")}] [--from DIR] [--before DIR] [--rounds 10]`;
const { values } = readOptions(USAGE, {
  options: {
    only: { type: "string", default: "" },
    suite: { type: "string", default: "bookworm" },
    before: { type: "string" },
    rounds: { type: "string", default: "10" },
    from: { type: "string", default: path.join(ROOT, "dist", "release") },
  },
});
const suite = SUITES.find((name) => name === values.suite) ?? misused(USAGE, `there is no suite ${values.suite} here`);
const reason = whyNotHere();
if (reason !== undefined) {
  console.error(reason);
  process.exit(2);
}

const SCENES: Readonly<Record<string, (bed: TestBed, report: Report) => Promise<void>>> = {
  "the test bed": theRig,
  "installing on a bare machine": installs,
  "what is installed where": layouts,
  "operating as the guide does": operates,
  "a fleet by three commands": threeCommands,
  "what our pages have typed": thePages,
  "restarts, crashes and a power cut": survives,
  "an upgrade and back": upgrades,
  "broken releases": brokenReleases,
  "what is refused": refusals,
  "removing it": uninstalls,
};
const chosen = Object.entries(SCENES).filter(([name]) => name.includes(values.only));
if (chosen.length === 0) misused(USAGE, `no scene is called ${values.only}: ${Object.keys(SCENES).join(", ")}`);

const began = performance.now();
const say = (line: string): void => console.log(line);
const report = new Report(say);
using bed = new TestBed({
  suite,
  release: releaseIn(path.resolve(values.from)),
  before: values.before === undefined ? undefined : releaseIn(path.resolve(values.before)),
  rounds: numberOf(USAGE, values, "rounds"),
  deploy: path.join(ROOT, "deploy"),
  opencode: await ensureOpencode(),
  say,
});
for (const [name, play] of chosen) await report.scene(name, () => play(bed, report));

console.log(
  `${report.steps} steps on ${suite} in ${Math.round((performance.now() - began) / 1_000)} s: ${report.problems.length} problems`,
);
process.exitCode = report.problems.length === 0 && report.steps > 0 ? 0 : 1;
