import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ending, run, Running } from "./run.mjs";

const LOOKS = 5;
const EXAMPLES = path.join(import.meta.dirname, "../../packages/protocol/examples");

/**
 * What a person does with nothing but npm: a supervisor in one command, a node by the command that it prints, a look by the other one,
 * and a program of somebody else's that watches.
 * @param {{ folder: string, node: { bin: string, version: string }, env: NodeJS.ProcessEnv, say: (text: string) => void, version: string }} options
 * @returns {Promise<void>}
 */
export async function tryFleet({ folder, node, env: outer, say, version }) {
  const home = path.join(folder, "home");
  const project = path.join(folder, "my-app");
  for (const made of [home, project]) mkdirSync(made);
  const env = { ...outer, HOME: home, PATH: `${node.bin}${path.delimiter}${outer.PATH}`, NPM_CONFIG_YES: "true" };
  const running = [];
  const start = (line, options) => {
    const one = new Running(line, { cwd: project, env, ...options });
    running.push(one);
    return one;
  };
  try {
    const supervisor = start("npx @hal/supervisor --quick --host 127.0.0.1");
    const [, join] = await supervisor.says(/^ +(npx @hal\/agent .+)$/m);
    const [, look] = await supervisor.says(/^ +(npx @hal\/halctl .+)$/m);
    const [, http] = await supervisor.says(/(http:\S+)\/docs/);
    const [, tokenFile] = await supervisor.says(/^ +TOKEN is in (.+)$/m);
    const token = readFileSync(tokenFile, "utf8").trim();
    if (supervisor.said.includes(token)) throw new Error("the token is in what a log would keep");

    const theirs = path.join(folder, "theirs");
    mkdirSync(theirs);
    writeFileSync(path.join(theirs, "package.json"), '{ "type": "module", "private": true }\n');
    copyFileSync(path.join(EXAMPLES, "watch-events.mjs"), path.join(theirs, "watch-events.mjs"));
    await run("npm", ["install", `@hal/protocol@${version}`], { cwd: theirs, env });
    const watcher = start("node watch-events.mjs", { cwd: theirs, env: { ...env, HAL_URL: http, HAL_TOKEN: token } });
    await watcher.says(/^watching as /m);

    const agent = start(join.replace(/\bTOKEN\b/, token));
    await watcher.says(/^node\.online /m);
    const status = await run("sh", ["-c", look], { cwd: project, env });
    if (!/^ *nodes +1 /m.test(status)) throw new Error(`${look} shows no node:\n${status}`);
    await agent.end();
    await watcher.says(/^node\.offline /m);
    const took = await lookAgain(look, { cwd: project, env });
    say(
      `a fleet on Node ${node.version}: begun, joined, watched and looked at; halctl nodes list takes ${took} ms, npx not counted`,
    );
  } finally {
    for (const one of running.toReversed()) await one.end();
  }
}

/** The median of some runs of the installed program itself, in ms. */
async function lookAgain(look, { cwd, env }) {
  const options = look.replace(/^npx @hal\/halctl /, "").replace(/ status$/, "");
  const program = (await run("npx", ["--package", "@hal/halctl", "which", "halctl"], { cwd, env })).trim();
  const times = [];
  for (let n = 0; n < LOOKS; n += 1) {
    const began = performance.now();
    const { code, stderr } = await ending("sh", ["-c", `exec '${program}' ${options} nodes list`], { cwd, env });
    if (code !== 0) throw new Error(`halctl nodes list: ${stderr}`);
    times.push(Math.round(performance.now() - began));
  }
  return times.toSorted((one, other) => one - other)[Math.floor(LOOKS / 2)];
}
