import { EXIT } from "../../exit-codes.ts";
import { complain, note, print } from "../../output/print.ts";
import { said } from "../../output/said.ts";
import { tokenCard } from "./pages.ts";
import type { Arguments, Once, Run } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";

/** The secret alone on standard output, so that it can go into a file; what it is for beside it. */
export const createToken: Run<Arguments & Once> = async (session, argv) => {
  const { idempotencyKey } = argv;
  const input = inputOf("tokens.create", argv, session.terminal.now());
  const { output } = await session.client.call("tokens.create", input, { idempotencyKey });
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

export const revokeToken: Run<Arguments> = async (session, argv) => {
  const input = inputOf("tokens.revoke", argv, session.terminal.now());
  const { output } = await session.client.call("tokens.revoke", input);
  print(session, output, tokenCard);
  if (output.was_revoked) note(session, said`halctl: ${output.name} had been revoked before; nothing was changed`);
  // a supervisor of an earlier release does not say
  const also = (output.also_revoked as readonly string[] | undefined) ?? [];
  if (also.length > 0) note(session, said`halctl: these were made with it, and ended, too: ${also.join(", ")}`);
  return EXIT.done;
};
