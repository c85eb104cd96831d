import type { Session } from "../session.ts";

/** What was typed, by the names of words and options. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Of what is shown again whenever it changes. */
export type Watched = Arguments & { readonly watch: boolean };

/** Of what makes something. */
export interface Once {
  readonly idempotencyKey?: string | undefined;
}

/** Does a command and returns the exit code. */
export type Run<A> = (session: Session, args: A) => Promise<number>;
