import { HalError, type OperationOutput } from "@hal/protocol";
import { allNodes, listTokens, type SharedTokenRow, type TokenRow } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { Caller, Handler } from "../../operations/handler.ts";
import { idempotencyOf, keyWasUsed } from "../../operations/idempotency.ts";
import { type Holders, sharedTokenView, tokenView } from "./views.ts";

/** What tokens of the configuration are called; no other one may be. */
const RESERVED = ["shared", "previous"];

const list: Handler<"tokens.list", Context> = async (context) => {
  const look = await lookAt(context);
  const [current, ...previous] = context.tokens.shared.rows();
  return [
    ...(current === undefined ? [] : [sharedTokenView(current, "shared", look.holders)]),
    ...previous.map((row) => sharedTokenView(row, "previous", look.holders)),
    ...(await listTokens(context.store)).map((row) => tokenView(row, look)),
  ];
};

const create: Handler<"tokens.create", Context> = async (context, input, caller) => {
  if (RESERVED.includes(input.name))
    throw new HalError("conflict", `${input.name} is what a token of the configuration is called; choose another name`);
  mayCreate(context, caller, await listTokens(context.store));
  const created = await context.tokens.create(
    { name: input.name, role: input.role, expiresInMs: input.expires_in_ms },
    { actor: caller.actor, credential: caller.credential, idempotency: idempotencyOf(caller) },
  );
  if (created.kind === "conflict") throw keyWasUsed();
  if (created.kind === "taken")
    throw new HalError("conflict", `a token ${input.name} is valid already; revoke it, or choose another name`);
  return { token: tokenView(created.token, await lookAt(context)), secret: created.secret ?? null };
};

/** What was replaced must not outlive that, and one token cannot make any number of others. */
function mayCreate({ tokens, limits, clock }: Context, { credential }: Caller, rows: readonly TokenRow[]): void {
  if (tokens.shared.standing(credential) === "previous")
    throw new HalError("forbidden", "a previous token makes no tokens: take the new one, server.auth_token");
  const isValid = ({ revokedAt, expiresAt }: TokenRow): boolean =>
    revokedAt === null && (expiresAt === null || expiresAt > clock.now());
  const made = rows.filter((row) => row.createdWith === credential && isValid(row)).length;
  if (made >= limits.tokensPerToken)
    throw new HalError(
      "rate_limited",
      `${made} valid tokens were made with this token already (limits.tokens_per_token); revoke some`,
    );
}

const revoke: Handler<"tokens.revoke", Context> = async (context, { ref, keep_created }) => {
  const ended = await revokePrevious(context, ref, keep_created);
  if (ended !== undefined) return ended;
  const { id, revokedAt } = await resolveToken(context, ref);
  const row = await context.tokens.revoke(id);
  if (row === undefined) throw unknownToken(ref);
  return { ...tokenView(row, await lookAt(context)), also_revoked: [], was_revoked: revokedAt !== null };
};

/** Ends the overlap for all: `previous` means every token that the shared one replaced. Undefined where `ref` means none of them. */
async function revokePrevious(
  context: Context,
  ref: string,
  keepCreated: boolean,
): Promise<OperationOutput<"tokens.revoke"> | undefined> {
  const [current, ...previous] = context.tokens.shared.rows();
  if (ref === "shared" || (current !== undefined && ref === current.hash.slice(0, 8)))
    throw new HalError(
      "bad_request",
      "the shared token is in the configuration: put another one there (server.auth_token), and send the supervisor SIGHUP",
    );
  const meant = previous.filter((row) => ref === "previous" || ref === `previous:${row.hash.slice(0, 8)}`);
  const ended: SharedTokenRow[] = [];
  for (const { hash } of meant) {
    const row = await context.tokens.shared.revoke(hash);
    if (row !== undefined) ended.push(row);
  }
  const [first] = ended;
  if (first === undefined) return undefined;
  const also = keepCreated ? [] : await revokeCreated(context, new Set(ended.map(({ hash }) => hash.slice(0, 8))));
  return {
    ...sharedTokenView(first, "previous", (await lookAt(context)).holders),
    also_revoked: also,
    was_revoked: false,
  };
}

/** Ends what was made with tokens, and with what was made with them; returns the names. */
async function revokeCreated(context: Context, makers: Set<string>): Promise<string[]> {
  const also: string[] = [];
  // oldest first, so that who made something comes before it
  for (const { id, name, createdWith, secretHash, revokedAt } of await listTokens(context.store)) {
    if (createdWith === null || !makers.has(createdWith)) continue;
    makers.add(secretHash.slice(0, 8));
    if (revokedAt !== null) continue;
    await context.tokens.revoke(id);
    also.push(name);
  }
  return also;
}

/** A token by its id, or the valid one of that name, or else the latest of it. */
async function resolveToken(context: Context, ref: string): Promise<TokenRow> {
  const rows = (await listTokens(context.store)).filter(({ id, name }) => id === ref || name === ref);
  const found = rows.find(({ revokedAt }) => revokedAt === null) ?? rows.at(-1);
  if (found === undefined) throw unknownToken(ref);
  return found;
}

function unknownToken(ref: string): HalError {
  if (ref !== "previous") return new HalError("not_found", `no token ${ref}; see: halctl tokens list`);
  return new HalError(
    "not_found",
    "there is no previous token: server.previous_auth_token is not in the configuration",
  );
}

async function lookAt({ store, clock }: Context): Promise<{ readonly now: number; readonly holders: Holders }> {
  const holders = new Map<string, string[]>();
  for (const { name, credential } of await allNodes(store))
    if (credential !== null) holders.set(credential, [...(holders.get(credential) ?? []), name]);
  return { now: clock.now(), holders };
}

export const tokenHandlers = { "tokens.list": list, "tokens.create": create, "tokens.revoke": revoke };
