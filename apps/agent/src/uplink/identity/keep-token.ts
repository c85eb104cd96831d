import { fingerprint } from "@hal/daemon";
import type { Context } from "../../context.ts";
import type { Credentials } from "./credentials.ts";

/** Keeps a token that was handed out. Protocol §11. */
export function keepToken({ log }: Pick<Context, "log">, credentials: Credentials, authToken: string): void {
  const token = fingerprint(authToken);
  try {
    credentials.save(authToken);
    log.info({ token }, "the supervisor handed out a new token; it is kept, and used from now on");
  } catch (error) {
    log.error({ error, token }, "the new token could not be kept; it is handed out again at the next connection");
  }
}
