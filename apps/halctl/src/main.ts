import { createInterface } from "node:readline";
import manifest from "../package.json" with { type: "json" };
import type { Terminal } from "./terminal.ts";

/** Nobody waits longer for a Tab; what is not known then is not offered. */
const COMPLETE_MS = 300;

const args = process.argv.slice(2);
// everybody on a machine sees command lines, and a token may be on this one
process.title = "halctl";
if (args.length === 1 && args[0] === "--version") {
  // answered before anything is loaded
  process.stdout.write(`${manifest.version}\n`);
} else if (args[0] === "__man") {
  // what the package is built with
  const { manPage } = await import("./help/man-page.ts");
  process.stdout.write(manPage(manifest.version));
} else if (args[0] === "__complete") {
  const { complete } = await import("./completion/complete.ts");
  const limit = AbortSignal.timeout(COMPLETE_MS);
  // a supervisor that does not answer holds no Tab up
  process.stdout.write(await complete(args.slice(2), process.env, limit), () => process.exit(0));
} else {
  const { runCli } = await import("./cli.ts");
  process.exitCode = await runCli(args, realTerminal(), manifest.version);
}

function realTerminal(): Terminal {
  const interrupt = new AbortController();
  process.once("SIGINT", () => {
    interrupt.abort();
    // whatever does not heed it within a moment is left
    setTimeout(() => process.exit(130), 500).unref();
  });
  // a reader that had enough, such as head, is no failure
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  return {
    out: process.stdout,
    err: process.stderr,
    isTerminal: process.stdout.isTTY,
    get columns() {
      // 0 where a terminal does not say how wide it is
      return process.stdout.columns || undefined;
    },
    get rows() {
      return process.stdout.rows || undefined;
    },
    env: process.env,
    readInput,
    isInputTerminal: process.stdin.isTTY,
    lines,
    interrupted: interrupt.signal,
    now: () => Date.now(),
  };
}

/** Lets go of standard input when whoever reads has enough: a terminal that is still read keeps the program from ending. */
async function* lines(signal: AbortSignal): AsyncGenerator<string> {
  const { stdin } = process;
  stdin.ref();
  const reader = createInterface({ input: stdin, signal });
  try {
    yield* reader;
  } finally {
    reader.close();
    stdin.pause();
    stdin.unref();
  }
}

async function readInput(): Promise<string | undefined> {
  if (process.stdin.isTTY) return undefined;
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}
