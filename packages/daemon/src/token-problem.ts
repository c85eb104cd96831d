/** What an HTTP header carries of a token; it ends at the first space there. */
export const TOKEN_CHARACTERS = /^[\x21-\x7e]*$/;

/** Longer ones would not leave room for the other headers of a request. */
export const TOKEN_LENGTH = 2048;

export const TOKEN_PROBLEM =
  "holds spaces or characters that no HTTP header carries; make another one with: openssl rand -hex 32";

export const TOKEN_TOO_LONG = `has more than ${TOKEN_LENGTH} characters; make another one with: openssl rand -hex 32`;

/** Why a text can be no token; undefined where it can. */
export function tokenProblem(token: string): string | undefined {
  if (token.length > TOKEN_LENGTH) return TOKEN_TOO_LONG;
  return token !== "" && TOKEN_CHARACTERS.test(token) ? undefined : TOKEN_PROBLEM;
}
