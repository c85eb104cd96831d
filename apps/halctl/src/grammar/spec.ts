import type { OperationName, Reference } from "@hal/protocol";
import type { Options, PositionalOptions } from "yargs";
import type { LocalRun } from "../local.ts";
import type { Run } from "./run.ts";

/** Whose names can stand in a place: a supervisor's, some of them, or those of halctl's own contexts. */
export type NameKind = Reference | "open-command" | "valid-token" | "context";

/** A word or an option as yargs takes it, and what it names. */
export type Field = PositionalOptions &
  Pick<Options, "requiresArg"> & { readonly refers?: readonly NameKind[] } & {
    /** it is a file */
    readonly isFile?: boolean;
    /** what it can be among other things; completion offers it */
    readonly suggests?: readonly string[];
  };
export type Fields = Readonly<Record<string, Field>>;

interface Spec {
  /** as yargs writes it: `list`, `get <id>`, `start <project> [prompt..]` */
  readonly command: string;
  readonly summary: string;
  readonly positionals?: Fields;
  readonly options?: Fields;
  /** it works, and neither help nor completion names it */
  readonly isHidden?: boolean;
  /** the words of the command that it is short for */
  readonly shortFor?: string;
  /** it asks its operation, shows the answer, and does nothing else */
  readonly isAsking?: boolean;
  /** the operations that it is a way to ask; none where it needs no supervisor, or is made of what others do */
  readonly of?: readonly OperationName[];
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
  /** the first verb is meant where none is said */
  readonly standsAlone?: boolean;
}

/** For what is shown again whenever it changes. */
export const WATCH: Fields = {
  watch: { alias: "w", type: "boolean", default: false, describe: "keep running and redraw on every change" },
};

/** For what goes on. */
export const FOLLOW: Fields = {
  follow: { alias: "f", type: "boolean", default: false, describe: "keep running and print what is new" },
};

/** For what cannot be taken back. */
export const YES: Fields = {
  yes: { alias: "y", type: "boolean", default: false, describe: "do not ask for confirmation" },
};

/** For what makes something. */
export const ONCE: Fields = {
  "idempotency-key": { type: "string", describe: "a second request with the same key does nothing" },
};
