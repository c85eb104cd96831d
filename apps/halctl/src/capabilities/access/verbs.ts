import { type CommandGroup, ONCE } from "../../grammar/spec.ts";
import { asksFirst, takesSeveral } from "../../grammar/acts.ts";
import { asks, verb } from "../../grammar/verb.ts";
import { listed, said } from "../../output/said.ts";

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
    asksFirst(
      takesSeveral(
        verb("tokens.revoke", {
          fields: { ref: { refers: ["valid-token"] } },
          load: async () => (await import("./tokens.ts")).revokeToken,
        }),
      ),
      (tokens) => said`Revoke ${listed(tokens)} and close every connection opened with it? Type yes: `,
    ),
  ],
};

/** Who the supervisor takes the caller for. */
export const WHOAMI = asks("whoami.get", {
  name: "whoami",
  page: async () => (await import("./pages.ts")).whoamiCard,
});
