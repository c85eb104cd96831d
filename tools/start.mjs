// npm start: a supervisor and an agent on this machine, from nothing, with all that they need.
// tools/with.mjs runs this file with the right Node after installing what is missing.
import { homedir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { ensureOpencode } from "./opencode.mjs";
import { findCredentials } from "./start/credentials.mjs";
import { ASKING, prepareDemo, runDemo } from "./start/demo.mjs";
import { Home } from "./start/home.mjs";
import { readOptions, USAGE } from "./start/options.mjs";
import { choosePorts } from "./start/ports.mjs";
import { Problem } from "./start/problem.mjs";
import { endProcess } from "./start/processes.mjs";
import { Program } from "./start/program.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const READY_MS = 60_000;
const stopping = new AbortController();
/** what has to be undone, in the order in which it was done */
const undo = [];
let isEnding = false;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop(""));
// whoever started this may be killed without a chance to pass it on
const parent = process.ppid;
setInterval(() => process.ppid === parent || stop(""), 500).unref();

let exitCode = 0;
try {
  await main();
} catch (error) {
  if (!stopping.signal.aborted || stopping.signal.reason instanceof Problem) {
    const cause = stopping.signal.aborted ? stopping.signal.reason : error;
    say(
      cause instanceof Error && !(cause instanceof Problem) && cause.name !== "HalError" ? cause.stack : cause.message,
    );
    exitCode = cause.exitCode ?? 1;
  }
} finally {
  isEnding = true;
  if (undo.length > 0) say("stopping");
  for (const release of undo.toReversed()) await release();
}
process.exit(exitCode);

async function main() {
  const options = readOptions(process.argv.slice(2), {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    root,
    env: process.env,
  });
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const home = new Home(options.home);
  await home.claim();
  undo.push(() => home.release());
  const command = await prepare();
  const ports = await choosePorts();
  for (const text of ports.moved) say(text);
  if (options.demo) prepareDemo(home.at("demo"));

  const model = await chooseModel(options, home);
  home.configure({ ports, projects: options.projects, opencode: { command, ...model.opencode } });
  const supervisor = run(home, "supervisor");
  const client = await connect(home, ports);
  await until("the supervisor", () => client.call("status.get", {}));
  const agent = run(home, "agent");
  say("starting opencode");
  const opencode = await until("the agent", () => opencodeOf(client, home));

  console.log(overview({ options, home, ports, supervisor, agent, opencode, command, model }));
  if (options.demo) {
    const isAnswered = await runDemo({
      client,
      directory: home.at("demo"),
      isScripted: model.isScripted,
      show: (text) => console.log(text),
      signal: stopping.signal,
    });
    if (options.once) {
      exitCode = isAnswered ? 0 : 1;
      return;
    }
  }
  console.log(`Running until Ctrl-C. Try in another terminal:\n\n${nextCommands(options)}\n`);
  await new Promise((resolve) => stopping.signal.addEventListener("abort", resolve, { once: true }));
  stopping.signal.throwIfAborted();
}

/** Builds what changed and finds an opencode to run. */
async function prepare() {
  try {
    say("building what changed");
    build("@hal/supervisor", "@hal/agent", "@hal/halctl", "@hal/testkit");
    return await ensureOpencode(process.env, say);
  } catch (error) {
    throw new Problem(error.message);
  }
}

/** Starts hal-NAME; its end before ours is a failure of the whole. */
function run(home, name) {
  const program = new Program({
    name: `hal-${name}`,
    file: path.join(root, "apps", name, "dist", "bin", `hal-${name}.js`),
    args: ["--config", home.at(`${name}.config.json`)],
    cwd: home.folder,
    env: process.env,
    log: home.at("logs", `${name}.log`),
    // what the programs say of their own orderly end is for their logs
    say: (text) => isEnding || say(text),
  });
  home.remember(program.pid);
  undo.push(async () => {
    const opencode = name === "agent" ? home.read("agent", "opencode-server.json") : undefined;
    await program.stop();
    if (opencode !== undefined) await endProcess(opencode, 2_000);
  });
  void program.ended.then((how) => stop(program.lastWords(how)));
  return program;
}

async function chooseModel(options, home) {
  const found = options.scripted ? undefined : findCredentials(process.env, homedir());
  if (found !== undefined)
    return { isScripted: false, opencode: found.opencode, text: `credentials from ${found.from.join(", ")}` };
  const { OFFLINE_OPENCODE, startModelProvider } = await load("testkit");
  const provider = await startModelProvider();
  // so that somebody who follows the README has a question to answer
  provider.learn(...ASKING);
  undo.push(() => provider[Symbol.asyncDispose]());
  if (!options.scripted)
    say("no model credential found (such as ANTHROPIC_API_KEY): using the built-in scripted model");
  return {
    isScripted: true,
    opencode: {
      env: { ...OFFLINE_OPENCODE, XDG_CONFIG_HOME: home.at("agent", "opencode", "config") },
      config: provider.opencodeConfig(),
    },
    text: `built-in scripted model on ${provider.url}`,
  };
}

async function connect(home, ports) {
  const { createHttpClient } = await load("protocol");
  return createHttpClient({ url: `http://127.0.0.1:${ports.http}`, token: home.token(), fetch });
}

/** A package of this repository as it is built. */
function load(name) {
  return import(pathToFileURL(path.join(root, "packages", name, "dist", "index.js")).href);
}

/** What our node says of its opencode, once it is connected and knows. */
async function opencodeOf(client, home) {
  const { nodeId } = home.read("agent", "identity.json") ?? {};
  if (nodeId === undefined) return undefined;
  const { status, opencode } = (await client.call("nodes.get", { id: nodeId })).output;
  return status === "offline" || opencode.state === "starting" ? undefined : opencode;
}

/** Asks again until there is something to see, and says what is missing where there is nothing in time. */
async function until(what, look) {
  const limit = performance.now() + READY_MS;
  let last = "no answer";
  while (performance.now() < limit) {
    stopping.signal.throwIfAborted();
    try {
      const seen = await look();
      if (seen !== undefined) return seen;
    } catch (error) {
      last = error.message;
    }
    await delay(100, undefined, { signal: stopping.signal });
  }
  throw new Problem(`${what} is not ready after ${READY_MS / 1000} s: ${last}`);
}

function overview({ options, home, ports, supervisor, agent, opencode, command, model }) {
  const version = opencode.version ?? opencode.reason ?? opencode.state;
  const rows = [
    ["supervisor", `ws://127.0.0.1:${ports.socket}, http://127.0.0.1:${ports.http} (pid ${supervisor.pid})`],
    ["agent", `pid ${agent.pid}`],
    [
      "opencode",
      opencode.state === "up"
        ? `${version}, http://127.0.0.1:${ports.opencode} (${command})`
        : `${opencode.state}: ${version}`,
    ],
    ["model", model.text],
    ...options.projects.map(({ name, directory }) => ["project", `${name}  ${directory}`]),
    ["ports", "8420, 8421 and 4096 where they are free, else any free one; only this machine reaches them"],
    ["data", `${home.folder} (token, configurations, logs)`],
  ];
  return `\n${rows.map(([name, text]) => `  ${name.padEnd(11)}${text}`).join("\n")}\n`;
}

/** What to type in another terminal; the first line makes what halctl prints work there as it is printed, too. */
function nextCommands({ projects, home, isOwnHome }) {
  const place = isOwnHome ? "" : `HAL_HOME=${shellWord(home)} `;
  const { name } = projects[0];
  return [
    `  export ${place}PATH=${shellWord(path.join(root, "bin"))}:"$PATH"`,
    "  halctl nodes list",
    `  halctl sessions start ${shellWord(name)} "Say hello" --wait`,
    "  halctl sessions list",
  ].join("\n");
}

function shellWord(text) {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Ends the run, once; with a reason where it was not asked for. @param {string} why */
function stop(why) {
  if (!stopping.signal.aborted) stopping.abort(why === "" ? undefined : new Problem(why));
}

function say(text) {
  console.error(`[hal] ${text}`);
}
