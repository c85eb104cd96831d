import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What an opencode double does that a good one does not. */
export interface DoubleHabits {
  /** ends while it starts */
  readonly fails?: boolean;
  /** does not end on SIGTERM */
  readonly stubborn?: boolean;
  /** a shell command that it starts, as a tool would */
  readonly tool?: string;
  /** answers everything with a web page, as opencode 2 does where it does not know the address */
  readonly page?: boolean;
  /** shell commands that come before it in the program that starts it */
  readonly before?: string;
}

/** A program that listens as `opencode serve` does and notes what is done to it. */
export class OpencodeDouble {
  readonly command: string;
  readonly #folder: string;

  constructor(folder: string, habits: DoubleHabits = {}) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    const server = join(folder, "opencode-double.mjs");
    writeFileSync(server, source(folder, habits));
    this.command = join(folder, "opencode");
    writeFileSync(
      this.command,
      `#!/bin/sh\n[ "$1" = --version ] && { echo 2.0.3; exit; }\n${habits.before ?? ""}\nexec "${process.execPath}" "${server}" "$@"\n`,
    );
    chmodSync(this.command, 0o755);
  }

  /** What happened to it, in order. */
  get notes(): string[] {
    return this.#lines.filter((line) => !line.startsWith("/"));
  }

  /** What it was asked, in order. */
  get asked(): string[] {
    return this.#lines.filter((line) => line.startsWith("/"));
  }

  get #lines(): string[] {
    const file = join(this.#folder, "notes");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  /** The variables that it was started with last. */
  get environment(): Record<string, string> {
    return JSON.parse(readFileSync(join(this.#folder, "environment"), "utf8")) as Record<string, string>;
  }

  /** From now on it takes requests and never answers. */
  fallSilent(): void {
    writeFileSync(join(this.#folder, "silent"), "");
  }

  answerAgain(): void {
    writeFileSync(join(this.#folder, "silent"), "no");
  }
}

function source(folder: string, { fails, stubborn, tool, page }: DoubleHabits): string {
  const place = (name: string): string => JSON.stringify(join(folder, name));
  return `import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
const note = (text) => appendFileSync(${place("notes")}, text + "\\n");
note("started");
writeFileSync(${place("environment")}, JSON.stringify(process.env));
${fails === true ? 'console.error("it cannot start"); process.exit(1);' : ""}
process.on("SIGTERM", () => { note("SIGTERM"); ${stubborn === true ? "" : "process.exit(0);"} });
const wanted = "Basic " + Buffer.from("opencode:" + process.env.OPENCODE_SERVER_PASSWORD).toString("base64");
const isSilent = () => existsSync(${place("silent")}) && readFileSync(${place("silent")}, "utf8") === "";
const host = process.argv[process.argv.indexOf("--hostname") + 1];
const port = Number(process.argv[process.argv.indexOf("--port") + 1]);
createServer((request, response) => {
  if (isSilent()) { note(request.url + " unanswered"); return; }
  note(request.url);
  ${page === true ? 'response.writeHead(200, { "content-type": "text/html" }).end("<html>"); return;' : ""}
  if (request.headers.authorization !== wanted) { response.writeHead(401).end(); return; }
  if (request.url === "/global/dispose") note("dispose");
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ healthy: true, version: "1.18.33" }));
}).listen(port, host, () => {
  ${tool === undefined ? "" : `spawn("/bin/sh", ["-c", ${JSON.stringify(tool)}], { stdio: "ignore" });`}
});
`;
}
