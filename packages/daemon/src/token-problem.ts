export const TOKEN_PROBLEM =
  "holds spaces or characters that no HTTP header carries; make another one with: openssl rand -hex 32";

/** Why a text can be no token; undefined where it can. It goes into a header, and ends at the first space there. */
export function tokenProblem(token: string): string | undefined {
  return /^[\x21-\x7e]+$/.test(token) ? undefined : TOKEN_PROBLEM;
}
