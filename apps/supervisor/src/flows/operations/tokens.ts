import { HalError, type TokenView } from "@hal/protocol";
import { allNodes, listTokens, type SharedTokenRow, type TokenRow } from "@hal/store/supervisor";
import type { Context } from "../../context.ts";
import type { Handler } from "../dispatch.ts";
import { idempotencyOf } from "../issue-command.ts";
import { type Holders, sharedTokenView, tokenView } from "../keep-views.ts";

/** What tokens of the configuration are called; no other one may be. */
const RESERVED = ["shared", "previous"];

const list: Handler<"tokens.list"> = async (context) => {
  const look = await lookAt(context);
  const [current, ...previous] = context.tokens.shared.rows();
  return [
    ...(current === undefined ? [] : [sharedTokenView(current, "shared", look.holders)]),
    ...previous.map((row) => sharedTokenView(row, "previous", look.holders)),
    ...(await listTokens(context.store)).map((row) => tokenView(row, look)),
  ];
};

const create: Handler<"tokens.create"> = async (context, input, caller) => {
  if (RESERVED.includes(input.name))
    throw new HalError("conflict", `${input.name} is what a token of the configuration is called; choose another name`);
  const created = await context.tokens.create(
    { name: input.name, role: input.role, expiresInMs: input.expires_in_ms },
    { actor: caller.actor, credential: caller.credential, idempotency: idempotencyOf(caller) },
  );
  if (created.kind === "conflict")
    throw new HalError("conflict", "this idempotency key was used for another request; take a new one");
  if (created.kind === "taken")
    throw new HalError("conflict", `a token ${input.name} is valid already; revoke it, or choose another name`);
  return { token: tokenView(created.token, await lookAt(context)), secret: created.secret ?? null };
};

const revoke: Handler<"tokens.revoke"> = async (context, { ref }) => {
  const ended = await revokePrevious(context, ref);
  if (ended !== undefined) return ended;
  const { id } = await resolveToken(context, ref);
  const row = await context.tokens.revoke(id);
  if (row === undefined) throw unknownToken(ref);
  return tokenView(row, await lookAt(context));
};

/** Ends the overlap for all: `previous` means every token that the shared one replaced. Undefined where `ref` means none of them. */
async function revokePrevious(context: Context, ref: string): Promise<TokenView | undefined> {
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
  return first && sharedTokenView(first, "previous", (await lookAt(context)).holders);
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
