import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger, parseConfig } from "@hal/daemon";
import { SupervisorConfig } from "../../src/config.ts";
import { createSupervisor, type Supervisor, type SupervisorOptions } from "../../src/supervisor.ts";

export const TOKEN = "a-token-of-thirty-two-characters-or-so";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));

/** A supervisor on free ports with a database of its own, which may be stopped and started again. */
export interface Stage extends AsyncDisposable {
  supervisor: Supervisor;
  readonly lines: string[];
  readonly database: string;
  /** the configuration as it would be read now; changes count from the next reload or restart */
  readonly written: Record<string, Record<string, unknown>>;
  /** stops it, does something to what it left, and starts it again */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  get(path: string, token?: string, headers?: Record<string, string>): Promise<Response>;
  send(method: string, path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

export async function startStage(
  server: Record<string, unknown> = {},
  rest: Record<string, unknown> = {},
  options: Pick<SupervisorOptions, "clock" | "readerMs" | "lateMs" | "certificateLookMs" | "tracing"> = {},
): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), "hal supervisor "));
  const lines: string[] = [];
  const written = {
    server: { host: "127.0.0.1", auth_token: TOKEN, ...server } as Record<string, unknown>,
    database: { path: join(directory, "s.db") } as Record<string, unknown>,
    ...(rest as Record<string, Record<string, unknown>>),
    // many tests start several in one project; those of what may be active side by side say otherwise
    sessions: { parallel: true, ...(rest["sessions"] as Record<string, unknown> | undefined) },
  };
  const reread = () => parseConfig(SupervisorConfig, written, { env: {} });
  const log = createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } });
  const start = (): Promise<Supervisor> =>
    createSupervisor(reread().config, {
      version: "0.0.0",
      log,
      migrations,
      reread,
      ports: { webSocket: 0, http: 0 },
      ...options,
    });
  const stage: Stage = {
    supervisor: await start(),
    lines,
    written,
    database: join(directory, "s.db"),
    async restart(meanwhile = async () => undefined) {
      await stage.supervisor[Symbol.asyncDispose]();
      await meanwhile();
      stage.supervisor = await start();
    },
    get: (path, token = TOKEN, headers = {}) =>
      fetch(`http://127.0.0.1:${stage.supervisor.httpPort}${path}`, {
        headers: { authorization: `Bearer ${token}`, ...headers },
      }),
    send: (method, path, body, headers = {}) =>
      fetch(`http://127.0.0.1:${stage.supervisor.httpPort}${path}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    async [Symbol.asyncDispose]() {
      await stage.supervisor[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
  return stage;
}
