import * as v from "valibot";
import { Role } from "../roles.ts";
import { Time } from "./fields.ts";
import { operation } from "./operation.ts";

/** Who the supervisor takes the caller for. */
export const WhoamiView = v.object({
  actor: v.pipe(v.string(), v.description("as the audit names it")),
  role: Role,
  expires_at: v.pipe(v.nullable(Time), v.description("null where the token does not expire")),
});
export type WhoamiView = v.InferOutput<typeof WhoamiView>;

export const whoamiGet = operation({
  name: "whoami.get",
  summary: "Which actor the token belongs to, and what it may do",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/whoami",
  input: v.object({}),
  output: WhoamiView,
});
