import type { OperatorClient } from "@hal/protocol";
import type { Terminal } from "./terminal.ts";

/** How results are shown; as CSV by those that say so. */
export type Format = "table" | "wide" | "json" | "csv";

/** What every command gets: the client, where to write, and how. */
export interface Session {
  readonly client: OperatorClient;
  readonly terminal: Terminal;
  readonly format: Format;
}
