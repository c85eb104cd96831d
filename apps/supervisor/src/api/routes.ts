import { OPERATIONS, type Operation } from "@hal/protocol";
import { v1Commands } from "./v1-commands.ts";

/** Where the operations are. */
export const BASE = "/api/v1";

/** Everything that is answered in the envelope: the operations, and what older programs ask. */
export const DECLARED: readonly Operation[] = [...Object.values(OPERATIONS), v1Commands];

/** What is answered without a token, as it is. */
export const BARE_PATHS = {
  index: "/",
  docs: "/docs",
  openapi: `${BASE}/openapi.json`,
  alive: "/healthz",
  ready: "/readyz",
  metrics: "/metrics",
  health: `${BASE}/health`,
} as const;

/** Where Slack says what people do, if it says it by requests. */
export const SLACK_PATH = "/slack/events";

/** Where services tell what happened there. */
export const INCOMING_PATHS = ["/incoming/github", "/incoming/gitlab", "/incoming/generic/:name"] as const;

/** The paths of an operation, as its declaration writes them. */
export function pathsOf(operation: Operation): string[] {
  return [operation.path, ...(operation.aliases ?? [])].map((path) => `${BASE}${path}`);
}

/** The methods that a path takes; none where nothing is there. */
export function methodsOf(path: string): string[] {
  if ((Object.values(BARE_PATHS) as string[]).includes(path)) return ["GET"];
  const methods = DECLARED.filter((operation) => pathsOf(operation).some((declared) => fits(declared, path)));
  return [...new Set(methods.map(({ method }) => method))];
}

function fits(declared: string, path: string): boolean {
  return new RegExp(`^${declared.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path);
}
