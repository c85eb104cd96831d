// npm run alerts: the rules of deploy/monitoring by promtool and their tests, and then a real Prometheus over a real supervisor: each
// query of the rules and of the dashboard is answered, a node goes offline and its alert fires, and it is over when the node is back.
// Needs Debian's package prometheus, and for the Alertmanager's configuration prometheus-alertmanager.
import { spawnSync } from "node:child_process";
import { build } from "../../tools/build.mjs";
import { MONITORING, readDashboard, readRules } from "../../tools/monitoring.ts";
import { ensureOpencode } from "../../tools/opencode.mjs";
import { readOptions } from "../../tools/options.ts";
import { eventually } from "../harness/eventually.ts";
import { Stage } from "../harness/stage.ts";
import { Prometheus } from "./prometheus.ts";

readOptions("npm run alerts", {});
const problems: string[] = [];

for (const [program, ...args] of [
  ["promtool", "check", "rules", "hal-o-swarm.rules.yml"],
  ["promtool", "test", "rules", "hal-o-swarm.rules.test.yml"],
  ["promtool", "check", "config", "prometheus.yml"],
  ["amtool", "check-config", "alertmanager.yml"],
] as const)
  judge(program, args);
if (problems.length === 0) await fire();
for (const problem of problems) console.log(`problem: ${problem}`);
console.log(`alerts: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function judge(program: string, args: readonly string[]): void {
  const { error, status, stdout, stderr } = spawnSync(program, args, { cwd: MONITORING, encoding: "utf8" });
  const typed = `${program} ${args.join(" ")}`;
  if (error !== undefined && program === "amtool") {
    console.log(`skipped: ${typed}; no amtool here: apt-get install prometheus-alertmanager`);
    return;
  }
  if (error !== undefined) problems.push(`no ${program} here; install it: apt-get install prometheus`);
  else if (status !== 0) problems.push(`${typed}: ${stdout}${stderr}`);
  else console.log(`ok: ${typed}`);
}

/** A node goes offline and comes back, before the eyes of a Prometheus whose alerts wait no longer than they must. */
async function fire(): Promise<void> {
  build();
  await using stage = await Stage.open(await ensureOpencode());
  await stage.startSupervisor();
  const web = stage.agent("web");
  const agent = web.start();
  await stage.nodeUp(web);
  await stage.halctl.json("sessions", "start", "web", "[[say: hello]]", "--wait");
  await using prometheus = await Prometheus.start(stage.folder, stage.ports.http);
  await eventually(async () => {
    if ((await prometheus.query('up{job="hal-o-swarm"}'))[0] !== 1) throw new Error("nothing was scraped yet");
  });
  await askEverything(prometheus);
  await expectAlert(prometheus, "HalNodeOffline", false);
  await agent.kill();
  await expectAlert(prometheus, "HalNodeOffline", true);
  await expectAlert(prometheus, "HalNoNodes", true);
  console.log("ok: a node went offline, and HalNodeOffline and HalNoNodes fire");
  web.start();
  await stage.nodeUp(web);
  await expectAlert(prometheus, "HalNodeOffline", false);
  await expectAlert(prometheus, "HalNoNodes", false);
  console.log("ok: it came back, and nothing fires for it");
  await stage.supervisor.kill();
  await expectAlert(prometheus, "HalSupervisorDown", true);
  console.log("ok: the supervisor was killed, and HalSupervisorDown fires");
}

/** Every expression of the rules and every query of the dashboard is valid, and what it selects is there. */
async function askEverything(prometheus: Prometheus): Promise<void> {
  const panels = readDashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ what: `panel ${title}`, expr: expr.replaceAll("$__rate_interval", "1m") })),
  );
  const rules = readRules().map(({ alert, expr }) => ({ what: `alert ${alert}`, expr }));
  for (const { what, expr } of [...panels, ...rules]) {
    await prometheus.query(expr);
    for (const [selector] of expr.matchAll(/\bhal_o_swarm_\w+(?:\{[^}]*\})?/g))
      if ((await prometheus.query(selector)).length === 0) problems.push(`${what}: there is no ${selector}`);
  }
  for (const { what, expr } of panels)
    await eventually(async () => {
      if ((await prometheus.query(expr)).length === 0) throw new Error(`${what} shows nothing`);
    });
  console.log(`ok: ${panels.length} queries of the dashboard and ${rules.length} expressions of the rules`);
}

function expectAlert(prometheus: Prometheus, name: string, isFiring: boolean): Promise<void> {
  return eventually(async () => {
    if ((await prometheus.firing()).includes(name) !== isFiring)
      throw new Error(
        `${name} ${isFiring ? "does not fire" : "still fires"}: ${(await prometheus.firing()).join(", ")}`,
      );
  }, 60_000);
}
