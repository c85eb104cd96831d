import { type CommandGroup, ONCE } from "../../grammar/spec.ts";
import { asks, verb } from "../../grammar/verb.ts";

/** Who may ask what. */
export const TOKENS: CommandGroup = {
  noun: "tokens",
  summary: "who may ask what: tokens with a name and a role",
  verbs: [
    asks("tokens.list", { page: async () => (await import("./pages.ts")).tokenTable }),
    verb("tokens.create", {
      fields: { expires_in_ms: { alias: "expires" } },
      options: ONCE,
      load: async () => (await import("./tokens.ts")).createToken,
    }),
    verb("tokens.revoke", { load: async () => (await import("./tokens.ts")).revokeToken }),
  ],
};

/** Who the supervisor takes the caller for. */
export const WHOAMI = asks("whoami.get", {
  name: "whoami",
  page: async () => (await import("./pages.ts")).whoamiCard,
});
