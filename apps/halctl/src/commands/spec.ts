import { HalError } from "@hal/protocol";
import type { Options, PositionalOptions } from "yargs";
import type { LocalRun } from "../local.ts";
import type { Run } from "./command.ts";

interface Spec {
  /** as yargs writes it: `list`, `get <id>`, `start <project> [text..]` */
  readonly command: string;
  readonly summary: string;
  readonly positionals?: Readonly<Record<string, PositionalOptions>>;
  readonly options?: Readonly<Record<string, Options>>;
}

/** One command as data: what is typed, what it takes, and where it is done. */
export type CommandSpec = Spec &
  (
    | {
        /** loaded when it is needed, because most command lines need one */
        readonly load: () => Promise<Run<never>>;
      }
    | {
        /** for what works without a supervisor */
        readonly loadLocal: () => Promise<LocalRun<never>>;
      }
  );

/** A noun with its verbs. */
export interface CommandGroup {
  readonly noun: string;
  readonly summary: string;
  readonly verbs: readonly CommandSpec[];
}

/** For what is shown again whenever it changes. */
export const WATCH: Readonly<Record<string, Options>> = {
  watch: { alias: "w", type: "boolean", default: false, describe: "go on, and show it anew when something changes" },
};

/** For everything that lists; a person who asks for another number is told, instead of getting what was not asked for. */
export const LIMIT: Readonly<Record<string, Options>> = {
  limit: { type: "number", coerce: rowsOf, describe: "most rows, 1 to 1000" },
};

function rowsOf(given: number | undefined): number | undefined {
  if (given === undefined || (Number.isInteger(given) && given >= 1 && given <= 1000)) return given;
  throw new HalError("bad_request", `--limit takes a number of rows from 1 to 1000, and not ${given}`);
}
