import type { Logger } from "@slack/web-api";

const nothing = (): void => undefined;

/** The client library writes nothing: what matters is thrown or told. */
export function quietLogger(level: ReturnType<Logger["getLevel"]>): Logger {
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    setLevel: nothing,
    setName: nothing,
    getLevel: () => level,
  };
}
