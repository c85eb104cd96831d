import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { Problem } from "./problem.mjs";

export const USAGE = `npm start -- [--project DIR]... [--demo [--once]] [--scripted]

Runs a supervisor and an agent on this machine, with opencode for the directory you are in.

  --project DIR  a directory to work in instead of this one; may be repeated
  --demo         start a session in a scratch project, and show it until it is done, however long that takes
  --once         with --demo: end when it is done
  --scripted     use the built-in scripted model even where there are model credentials
  --help         this text

It listens on 127.0.0.1 alone: on port 8420 for the agent and halctl, 8421 for HTTP and 4096 for opencode. A port that another
program uses is replaced by any free one. halctl of this repository finds them by itself.

Data, token and logs are kept in .hal/ of the repository, or in the directory that HAL_HOME names.`;

/**
 * What the person asked for.
 * @param {string[]} argv
 * @param {{ cwd: string, root: string, env: NodeJS.ProcessEnv }} place `cwd` is where the command was typed
 */
export function readOptions(argv, { cwd, root, env }) {
  const { values } = parse(argv);
  if (values.once && !values.demo) throw new Problem("--once belongs to --demo; see npm start -- --help", 2);
  const home = env.HAL_HOME ? path.resolve(cwd, env.HAL_HOME) : path.join(root, ".hal");
  const named = values.project.map((directory) => existing(path.resolve(cwd, directory)));
  const directories = named.length > 0 || values.demo ? named : [existing(cwd)];
  return {
    help: values.help,
    demo: values.demo,
    once: values.once,
    scripted: values.scripted,
    cwd,
    home,
    isOwnHome: !env.HAL_HOME,
    projects: nameProjects(directories, values.demo ? path.join(home, "demo") : undefined),
  };
}

function parse(argv) {
  try {
    return parseArgs({
      args: argv,
      options: {
        project: { type: "string", multiple: true, default: [] },
        demo: { type: "boolean", default: false },
        once: { type: "boolean", default: false },
        scripted: { type: "boolean", default: false },
        help: { type: "boolean", default: false, short: "h" },
      },
    });
  } catch (error) {
    throw new Problem(`${error.message.split(". ")[0]}; see npm start -- --help`, 2);
  }
}

function existing(directory) {
  if (!existsSync(directory)) throw new Problem(`--project: there is no directory ${directory}`, 2);
  if (!statSync(directory).isDirectory()) throw new Problem(`--project: ${directory} is not a directory`, 2);
  return directory;
}

/** Projects by name: that of the directory, made fit for a command line, and numbered where two are the same. */
function nameProjects(directories, demo) {
  const projects = demo === undefined ? [] : [{ name: "demo", directory: demo }];
  for (const directory of new Set(directories)) {
    const wanted = path.basename(directory).replaceAll(/[\s/]+/g, "-") || "root";
    let name = wanted;
    for (let n = 2; projects.some((other) => other.name === name); n += 1) name = `${wanted}-${n}`;
    projects.push({ name, directory });
  }
  return projects;
}
