import type { Session } from "../session.ts";

/** Does a command and returns the exit code. */
export type Run<A> = (session: Session, args: A) => Promise<number>;
