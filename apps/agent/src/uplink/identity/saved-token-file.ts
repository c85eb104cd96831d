import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Logger, tokenProblem } from "@hal/daemon";
import * as v from "valibot";
import type { SavedTokens } from "../domain/token-choice.ts";
import { writeSynced } from "./write-synced.ts";

const Saved = v.object({ tokens: v.array(v.string()), insteadOf: v.string(), host: v.string() });

/** Where tokens that a supervisor handed out are kept, for the agent alone: its configuration may belong to somebody else. */
export interface SavedTokenFile {
  read(): SavedTokens | undefined;
  /** resolves when it survives a power cut */
  write(kept: SavedTokens | undefined): void;
}

/** The file in a data directory; one that is damaged counts as none, because the configured token is there as well. */
export function savedTokenFile(dataDir: string, log: Logger): SavedTokenFile {
  const file = join(dataDir, "token.json");
  return {
    read() {
      let text: string;
      try {
        text = readFileSync(file, "utf8");
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== "ENOENT") log.warn({ file, code }, "the token that was handed out cannot be read");
        return undefined;
      }
      try {
        const saved = v.parse(Saved, JSON.parse(text));
        const tokens = saved.tokens.filter((token) => tokenProblem(token) === undefined);
        if (tokens.length < saved.tokens.length)
          log.warn({ file }, "a token that was handed out cannot be sent, and is left out");
        return { ...saved, tokens };
      } catch {
        log.warn({ file }, "the token that was handed out is damaged; the configured one is used");
        return undefined;
      }
    },
    write(kept) {
      if (kept === undefined) {
        rmSync(file, { force: true });
        return;
      }
      // what is confirmed must be there after a power cut: the supervisor takes no other token then
      writeSynced(file, JSON.stringify(kept));
    },
  };
}
