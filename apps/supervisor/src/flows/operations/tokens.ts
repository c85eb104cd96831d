import { HalError } from "@hal/protocol";
import { listTokens, type TokenRow } from "@hal/store/supervisor";
import type { Context } from "../../context.ts";
import type { Handler } from "../dispatch.ts";
import { idempotencyOf } from "../issue-command.ts";
import { tokenView } from "../keep-views.ts";

const list: Handler<"tokens.list"> = async (context) => {
  const now = context.clock.now();
  return (await listTokens(context.store)).map((row) => tokenView(row, now));
};

const create: Handler<"tokens.create"> = async (context, input, caller) => {
  const created = await context.tokens.create(
    { name: input.name, role: input.role, expiresInMs: input.expires_in_ms },
    { actor: caller.actor, idempotency: idempotencyOf(caller) },
  );
  if (created.kind === "conflict")
    throw new HalError("conflict", "this idempotency key was used for another request; take a new one");
  if (created.kind === "taken")
    throw new HalError("conflict", `a token ${input.name} is valid already; revoke it, or choose another name`);
  return { token: tokenView(created.token, context.clock.now()), secret: created.secret ?? null };
};

const revoke: Handler<"tokens.revoke"> = async (context, { ref }) => {
  const { id } = await resolveToken(context, ref);
  const row = await context.tokens.revoke(id);
  if (row === undefined) throw new HalError("not_found", `no token ${ref}; see: halctl tokens list`);
  return tokenView(row, context.clock.now());
};

/** A token by its id, or the valid one of that name, or else the latest of it. */
async function resolveToken(context: Context, ref: string): Promise<TokenRow> {
  const rows = (await listTokens(context.store)).filter(({ id, name }) => id === ref || name === ref);
  const found = rows.find(({ revokedAt }) => revokedAt === null) ?? rows.at(-1);
  if (found === undefined) throw new HalError("not_found", `no token ${ref}; see: halctl tokens list`);
  return found;
}

export const tokenHandlers = { "tokens.list": list, "tokens.create": create, "tokens.revoke": revoke };
