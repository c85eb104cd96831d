/** What an HTTP header carries of a token; it ends at the first space there. */
export const TOKEN_CHARACTERS = /^[\x21-\x7e]*$/;

export const TOKEN_PROBLEM =
  "holds spaces or characters that no HTTP header carries; make another one with: openssl rand -hex 32";

/** Why a text can be no token; undefined where it can. */
export function tokenProblem(token: string): string | undefined {
  return token !== "" && TOKEN_CHARACTERS.test(token) ? undefined : TOKEN_PROBLEM;
}
