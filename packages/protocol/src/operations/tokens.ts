import * as v from "valibot";
import { Word } from "../bounds.ts";
import { TokenRole } from "../roles.ts";
import { IntegerText, Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";

/** A token, without its secret: one with a name, or one of the configuration. */
export const TokenView = v.object({
  id: v.string(),
  name: v.string(),
  role: TokenRole,
  fingerprint: v.pipe(v.string(), v.description("by which two people compare a secret without telling it")),
  state: v.picklist(["valid", "expired", "revoked"]),
  created_at: Time,
  created_by: v.string(),
  expires_at: v.nullable(Time),
  last_used_at: v.nullable(Time),
  revoked_at: v.nullable(Time),
  nodes: v.pipe(v.array(v.string()), v.description("names of the nodes whose agents have it, as far as is known")),
});
export type TokenView = v.InferOutput<typeof TokenView>;

export const tokensList = operation({
  name: "tokens.list",
  summary: "All tokens, without their secrets: the shared one, previous ones, and those with a name",
  role: "admin",
  kind: "query",
  method: "GET",
  path: "/tokens",
  input: v.object({}),
  output: v.array(TokenView),
});

export const tokensCreate = operation({
  name: "tokens.create",
  summary: "Make a token with a name and a role; its secret is shown this once",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/tokens",
  words: ["name"],
  input: v.object({
    name: v.pipe(
      Word,
      v.regex(/^[\w.@-]{1,64}$/, "a name has letters, digits and . _ @ -, 64 at most"),
      v.description("who or what will use it; the audit shows it"),
      v.examples(["ci"]),
    ),
    role: v.pipe(TokenRole, v.description("what it may do; `agent` may only connect an agent")),
    expires_in_ms: v.optional(
      v.pipe(
        IntegerText,
        v.minValue(1_000),
        v.maxValue(10 * 365 * 86_400_000),
        v.description("how long it is valid; without it, until it is revoked"),
      ),
    ),
  }),
  output: v.object({
    token: TokenView,
    secret: v.pipe(
      v.nullable(v.string()),
      v.description("what goes into the Authorization header; null where the request is a repeated one"),
    ),
  }),
  audited: { target: "name", plain: ["role", "expires_in_ms"] },
});

export const tokensRevoke = operation({
  name: "tokens.revoke",
  summary: "End a token at once, with every connection that was opened with it",
  role: "admin",
  kind: "change",
  method: "POST",
  path: "/tokens/{ref}/revoke",
  words: ["ref"],
  input: v.object({
    ref: v.pipe(
      Word,
      v.minLength(1, "say which token: its id or its name"),
      v.description("the id or the name of a token; `previous` means what the shared one replaced"),
      v.examples(["ci"]),
      refers("token"),
    ),
    keep_created: v.optional(
      v.pipe(v.boolean(), v.description("with `previous`: what was made with it stays valid")),
      false,
    ),
  }),
  output: v.object({
    ...TokenView.entries,
    also_revoked: v.pipe(
      v.array(v.string()),
      v.description("names of tokens that ended with it, because they were made with it"),
    ),
    was_revoked: v.optional(
      v.pipe(v.boolean(), v.description("it had been revoked before, and nothing was changed")),
      false,
    ),
  }),
  audited: { target: "ref", plain: ["keep_created"] },
});
