import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

/** Where measured programs write what their processor did, when they end; undefined where nobody asks for it. */
export const profiling: { folder: string | undefined } = { folder: undefined };

/** For the environment of a program that is to be profiled. */
export function profilingEnv(): NodeJS.ProcessEnv {
  // in quotes, because the path has spaces
  return profiling.folder === undefined ? {} : { NODE_OPTIONS: `--cpu-prof "--cpu-prof-dir=${profiling.folder}"` };
}

/** One function's own time. */
export interface OwnTime {
  readonly name: string;
  /** `node` for what is Node's and the machine's, a package, or `hal` for ours */
  readonly origin: string;
  readonly ms: number;
}

/** What one thread did. */
export interface ThreadProfile {
  readonly thread: string;
  readonly wholeMs: number;
  /** the rest it waited for something to do; a wait for the disk inside of SQLite counts as busy */
  readonly busyMs: number;
  /** the most expensive first */
  readonly functions: readonly OwnTime[];
}

/** A `.cpuprofile` as V8 writes it, as far as it is read here; times are microseconds. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Reads what was written since the last call, and removes it. */
export function takeProfiles(): ThreadProfile[] {
  const { folder } = profiling;
  if (folder === undefined) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".cpuprofile"))
    .toSorted()
    .map((name) => {
      const file = path.join(folder, name);
      const profile = JSON.parse(readFileSync(file, "utf8")) as CpuProfile;
      rmSync(file);
      return read(threadOf(name), profile);
    });
}

/** Node names them CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile. */
function threadOf(file: string): string {
  const thread = file.split(".")[4];
  return thread === "0" ? "main thread" : `worker thread ${thread}`;
}

function read(thread: string, { nodes, samples, timeDeltas }: CpuProfile): ThreadProfile {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const own = new Map<string, OwnTime>();
  let wholeMs = 0;
  let idleMs = 0;
  samples.forEach((id, index) => {
    const ms = (timeDeltas[index] ?? 0) / 1000;
    const { functionName, url } = frames.get(id) ?? { functionName: "", url: "" };
    wholeMs += ms;
    if (functionName === "(idle)") {
      idleMs += ms;
      return;
    }
    const name = functionName === "" ? "(without a name)" : functionName;
    const origin = originOf(url);
    const key = `${origin} ${name}`;
    own.set(key, { name, origin, ms: (own.get(key)?.ms ?? 0) + ms });
  });
  const functions = [...own.values()].toSorted((one, other) => other.ms - one.ms);
  return { thread, wholeMs, busyMs: wholeMs - idleMs, functions };
}

function originOf(url: string): string {
  if (url === "" || url.startsWith("node:")) return "node";
  const [, inModules] = url.split("/node_modules/").slice(-2);
  if (inModules === undefined) return "hal";
  return inModules.split("/", inModules.startsWith("@") ? 2 : 1).join("/");
}
