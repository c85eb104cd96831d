import type { SupervisorConfig } from "../../config.ts";
import type { Webhook } from "./section.ts";

type Section = SupervisorConfig["channels"];

/** The webhooks of a configuration by their names, whichever way they are written. */
export function webhooksOf({ webhooks, n8n }: Section): Readonly<Record<string, Webhook>> {
  return n8n === undefined ? webhooks : { n8n, ...webhooks };
}

/** The targets that a configuration names, by their channel. */
export function targetNamesIn(section: Section): {
  readonly discord: readonly string[];
  readonly slack: readonly string[];
  readonly webhook: readonly string[];
} {
  return {
    discord: Object.keys(section.discord?.channels ?? {}).map((name) => `discord#${name}`),
    slack: Object.keys(section.slack?.channels ?? {}).map((name) => `slack#${name}`),
    webhook: Object.keys(webhooksOf(section)).map((name) => `webhook#${name}`),
  };
}
