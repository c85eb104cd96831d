import type { Trust } from "@hal/daemon";
import type { OperatorClient } from "@hal/protocol";
import type { Format } from "./session.ts";
import type { Settings } from "./settings/settings.ts";
import type { Terminal } from "./terminal.ts";

/** What a command gets that works without a supervisor, or looks for why there is none. */
export interface Local {
  readonly terminal: Terminal;
  readonly format: Format;
  readonly version: string;
  /** which supervisor would be asked; throws HalError where what was said is wrong */
  settings(): Settings;
  /** by what that supervisor is known; throws HalError where its address or what was said of it is wrong */
  trust(settings: Settings): Trust;
  open(settings: Settings, trust: Trust): OperatorClient;
  /** shows the help of a command, or of all */
  help(words: readonly string[]): Promise<number>;
}

/** Does a command on this machine and returns the exit code. */
export type LocalRun<A> = (local: Local, args: A) => Promise<number>;
