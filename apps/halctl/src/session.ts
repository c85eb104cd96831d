import type { OperatorClient } from "@hal/protocol";
import type { Terminal } from "./terminal.ts";

/** How results are shown. */
export type Format = "table" | "wide" | "json";

/** What every command gets: the client, where to write, and how. */
export interface Session {
  readonly client: OperatorClient;
  readonly terminal: Terminal;
  readonly format: Format;
}
