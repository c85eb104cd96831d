import type { WriterDatabase } from "./writer-database.ts";

/** One write as it travels to the writer. */
export interface WriteRequest {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Who is asked for writes, as far as they know it. */
interface Asked {
  readonly writer: {
    run(request: WriteRequest): Promise<unknown>;
    defer(request: WriteRequest): Promise<unknown>;
  };
}

/** Something that changes the database. Asked of a store it resolves after its commit. */
export interface Write<Args extends readonly unknown[] = readonly never[], Result = unknown> {
  (store: Asked, ...args: Args): Promise<Result>;
  /** by this it is found in the writer's thread */
  readonly title: string;
  /** does it inside of a transaction */
  readonly within: (db: WriterDatabase, ...args: Args) => Result;
}

/** Declares a write, here and nowhere else: its name, what it is given and what it comes to. */
export function write<Args extends readonly unknown[], Result>(
  title: string,
  within: (db: WriterDatabase, ...args: Args) => Result,
): Write<Args, Result> {
  const ask = ({ writer }: Asked, ...args: Args) => writer.run({ name: title, args }) as Promise<Result>;
  return Object.assign(ask, { title, within });
}

/** The same of one that nobody waits for: it goes with what is asked next, or by itself where nothing is for a moment. */
export function writeLater<Args extends readonly unknown[], Result>(
  title: string,
  within: (db: WriterDatabase, ...args: Args) => Result,
): Write<Args, Result> {
  const ask = ({ writer }: Asked, ...args: Args) => writer.defer({ name: title, args }) as Promise<Result>;
  return Object.assign(ask, { title, within });
}

export function isWrite(value: unknown): value is Write {
  return typeof value === "function" && "title" in value && "within" in value;
}
