import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

type Kind = "pid" | "folder" | "cgroup";

let reaper: ChildProcess | undefined;

/** From now on that is ended, too, when this process is gone before it has ended it itself. */
export function endWithUs(kind: Kind, name: number | string): void {
  say(`${kind} ${name}`);
}

/** It has ended, or is let go. */
export function forget(kind: Kind, name: number | string): void {
  say(`-${kind} ${name}`);
}

/** It is a process of its own, so that it outlives this one, however that ends. */
function say(line: string): void {
  reaper ??= start();
  reaper.stdin?.write(`${line}\n`);
}

function start(): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL("reaper.mjs", import.meta.url))], {
    stdio: ["pipe", "ignore", "inherit"],
    detached: true,
  });
  child.unref();
  child.stdin?.on("error", () => undefined);
  const stdin: unknown = child.stdin;
  if (stdin instanceof Object && "unref" in stdin && typeof stdin.unref === "function") stdin.unref();
  return child;
}
