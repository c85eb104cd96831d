import type { Field } from "./spec.ts";
import { DEFAULT_URL } from "../settings/settings.ts";
import { TRUST_OPTIONS } from "../connection/trust.ts";

/** What can be said with every command. */
export const EVERYWHERE: Readonly<Record<string, Field>> = {
  "supervisor-url": {
    type: "string",
    describe: `ws(s) or http(s) address ($HALCTL_SUPERVISOR_URL; ${DEFAULT_URL})`,
  },
  "auth-token": { type: "string", describe: "token ($HALCTL_AUTH_TOKEN)" },
  "token-file": { type: "string", describe: "file that holds the token", isFile: true },
  ...TRUST_OPTIONS,
  context: {
    type: "string",
    describe: "context of halctl's config file ($HALCTL_CONTEXT)",
    refers: ["context"],
  },
  format: { alias: "o", choices: ["table", "wide", "json"], describe: "how to show results" },
};
