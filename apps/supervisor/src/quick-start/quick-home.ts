import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Environment, isMissing, newToken, newUuid, StartupError } from "@hal/daemon";

const PRIVATE = 0o600;
const PORT = 8420;
const HTTP_PORT = 8421;

/** Where a supervisor of one's own, without a configuration that somebody wrote, keeps everything. */
export interface QuickHome {
  readonly folder: string;
  readonly config: string;
  readonly tokenFile: string;
  readonly database: string;
}

/** Where to listen, as far as it was said on the command line. */
export interface Asked {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly httpPort?: number | undefined;
}

/** The directory of this user: that of the system's service is another one. */
export function quickHome(env: Environment): QuickHome {
  const folder = join(env["XDG_STATE_HOME"] || join(env["HOME"] || homedir(), ".local", "state"), "hal-supervisor");
  return {
    folder,
    config: join(folder, "supervisor.config.json"),
    tokenFile: join(folder, "token"),
    database: join(folder, "supervisor.db"),
  };
}

/** Makes what is missing there, and keeps what there is; returns what a person would not expect of it, in sentences. */
export async function makeQuickHome(home: QuickHome, asked: Asked): Promise<string[]> {
  try {
    mkdirSync(home.folder, { recursive: true, mode: 0o700 });
    makeOnce(home.tokenFile, `${newToken()}\n`);
    if (!isMissing(home.config)) return [];
    const { host } = asked;
    const port = asked.port ?? (await freePort(PORT, host));
    const httpPort = asked.httpPort ?? (await freePort(HTTP_PORT, host));
    const server = { ...(host === undefined ? {} : { host }), port, http_port: httpPort, auth_token_file: "token" };
    makeOnce(home.config, `${JSON.stringify({ server, database: { path: home.database } }, null, 2)}\n`);
    return [
      ...(asked.port === undefined ? moved(PORT, port) : []),
      ...(asked.httpPort === undefined ? moved(HTTP_PORT, httpPort) : []),
    ];
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartupError(
      `cannot write ${home.folder} (${code ?? message}); name another place with $XDG_STATE_HOME, or a configuration with --config`,
      { cause: error },
    );
  }
}

/** Whole or not at all, and whoever comes first wins. */
function makeOnce(file: string, text: string): void {
  if (!isMissing(file)) return;
  const draft = `${file}.${newUuid()}`;
  writeFileSync(draft, text, { mode: PRIVATE });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function moved(usual: number, port: number): string[] {
  return port === usual ? [] : [`port ${usual} is taken by another program: this one listens on ${port} from now on`];
}

/** The port itself where it is free, else any that is. */
async function freePort(wanted: number, host: string | undefined): Promise<number> {
  return (await probe(wanted, host)) ?? (await probe(0, host)) ?? wanted;
}

function probe(port: number, host: string | undefined): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(new StartupError(`cannot listen on ${host ?? "this machine"}: ${error.message}`, { cause: error }));
    });
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}
