import type { ParseArgsOptionDescriptor } from "node:util";

/** What a command of `hal-supervisor db` works with. */
export interface DbContext {
  readonly file: string;
  /** drizzle's folder for the supervisor's database */
  readonly migrations: string;
  readonly now: number;
  /** a line of the answer */
  readonly print: (line: string) => void;
  /** what an operator should know beside it */
  readonly warn: (line: string) => void;
}

/** What was typed behind the verb. */
export interface DbArgs {
  readonly positional: string | undefined;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

/** Returns the exit code. Throws a StoreError where it could not be done. */
export type RunDb = (context: DbContext, args: DbArgs) => Promise<0 | 1>;

/** One command as data. */
export interface DbCommand {
  readonly verb: string;
  readonly summary: string;
  /** name of the one argument, where it takes one; it must be given */
  readonly positional?: string;
  readonly options: Readonly<Record<string, ParseArgsOptionDescriptor & { readonly describe: string }>>;
  readonly run: RunDb;
}
