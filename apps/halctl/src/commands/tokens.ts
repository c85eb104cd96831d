import type { OperationInput } from "@hal/protocol";
import { parseDuration } from "@hal/words";
import { EXIT } from "../exit-codes.ts";
import { complain, note, print } from "../output/print.ts";
import { said } from "../output/said.ts";
import { tokenCard, tokenTable } from "../output/keep-views.ts";
import type { Run } from "./command.ts";

export const listTokens: Run<object> = async (session) => {
  const { output } = await session.client.call("tokens.list", {});
  print(session, output, tokenTable);
  return EXIT.done;
};

export interface CreateTokenArgs {
  readonly name: string;
  readonly role: OperationInput<"tokens.create">["role"];
  readonly expires?: string | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** The secret alone on standard output, so that it can go into a file; what it is for beside it. */
export const createToken: Run<CreateTokenArgs> = async (session, { name, role, expires, idempotencyKey }) => {
  const expiresInMs = expires === undefined ? undefined : parseDuration(expires);
  const { output } = await session.client.call(
    "tokens.create",
    { name, role, expires_in_ms: expiresInMs },
    { idempotencyKey },
  );
  const { token, secret } = output;
  print(session, output, ({ secret: shown }) => (shown === null ? "" : `${shown}\n`));
  complain(
    session.terminal,
    secret === null
      ? said`${token.name} was made by this request before; its secret is not shown again`
      : said`${token.name} is ${token.role}, ${token.expires_at === null ? "valid until revoked" : `valid until ${token.expires_at}`}; this is shown once`,
  );
  return EXIT.done;
};

export const revokeToken: Run<{ readonly ref: string; readonly keepCreated: boolean }> = async (
  session,
  { ref, keepCreated },
) => {
  const { output } = await session.client.call("tokens.revoke", {
    ref,
    ...(keepCreated ? { keep_created: true } : {}),
  });
  print(session, output, tokenCard);
  // a supervisor of an earlier release does not say
  const also = (output.also_revoked as readonly string[] | undefined) ?? [];
  if (also.length > 0) note(session, said`halctl: these were made with it, and ended, too: ${also.join(", ")}`);
  return EXIT.done;
};
