import { spawn } from "node:child_process";
import { executable } from "../harness/program.ts";
import type { Stage } from "../harness/stage.ts";

const ENDS_WITHIN_MS = 60_000;

/** Everything that a run of halctl let reach its terminal. */
export interface Shown {
  readonly text: string;
  readonly code: number | null;
}

/** Runs halctl in a pseudo-terminal, as a person does. Without colours no control character is meant. */
export function inTerminal(stage: Stage, ...args: string[]): Promise<Shown> {
  const { socket } = stage.ports;
  const command = [
    process.execPath,
    executable("halctl"),
    "--supervisor-url",
    `ws://127.0.0.1:${socket}`,
    "--auth-token",
    stage.token,
    ...args,
  ].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const child = spawn("script", ["-qec", command.join(" "), "/dev/null"], {
    cwd: stage.folder,
    env: { PATH: process.env["PATH"], HOME: stage.folder, NO_COLOR: "1", TERM: "xterm" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  return new Promise((resolve, reject) => {
    let shown = "";
    const limit = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`halctl ${args.join(" ")} does not end`));
    }, ENDS_WITHIN_MS);
    child.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(limit);
      resolve({ text: shown, code });
    });
  });
}
