import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Logger, newUuid, StartupError, tokenProblem } from "@hal/daemon";
import * as v from "valibot";
import { writeSynced } from "./write-synced.ts";

const Saved = v.object({ nodeId: v.pipe(v.string(), v.uuid()), secret: v.optional(v.string()) });

/** Who this node is: generated once and kept in a file that only the agent may read (protocol §1.5). */
export interface Identity {
  readonly nodeId: string;
  readonly secret: string | undefined;
  saveSecret(secret: string): void;
}

/** Reads the node's identity, or makes one. */
export function loadIdentity(dataDir: string, log: Logger): Identity {
  const file = join(dataDir, "identity.json");
  let saved = read(file);
  if (saved === undefined) {
    saved = { nodeId: newUuid() };
    writeSynced(file, JSON.stringify(saved));
  }
  let current = usable(saved, () => log.warn({ file }, "the node secret in it cannot be used, and is left out"));
  return {
    get nodeId() {
      return current.nodeId;
    },
    get secret() {
      return current.secret;
    },
    saveSecret(secret) {
      current = { ...current, secret };
      writeSynced(file, JSON.stringify(current));
    },
  };
}

/** A secret that no supervisor of ours mints would not be taken by one; the node is known again by an operator. */
function usable(saved: v.InferOutput<typeof Saved>, onLeftOut: () => void): v.InferOutput<typeof Saved> {
  const { secret } = saved;
  if (secret === undefined || tokenProblem(secret) === undefined) return saved;
  onLeftOut();
  return { nodeId: saved.nodeId };
}

function read(file: string): v.InferOutput<typeof Saved> | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new StartupError(`cannot read this node's identity ${file}: ${(error as Error).message}`, { cause: error });
  }
  try {
    return v.parse(Saved, JSON.parse(text));
  } catch (error) {
    throw new StartupError(`${file} is damaged; restore it, or remove it to become a new node`, { cause: error });
  }
}

/** Creates the agent's data directory for itself alone. */
export function createDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    chmodSync(dataDir, 0o700);
  } catch (error) {
    throw new StartupError(
      `cannot use the data directory ${dataDir}: ${(error as NodeJS.ErrnoException).code ?? "?"}; choose another with data_dir`,
      { cause: error },
    );
  }
}
