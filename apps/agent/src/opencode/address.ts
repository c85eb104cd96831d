/** Where an opencode server listens and how to prove that one may ask it. */
export interface OpencodeAddress {
  readonly port: number;
  readonly password: string;
  /** names this run of the server */
  readonly run: string;
}

export function baseUrlOf({ port }: Pick<OpencodeAddress, "port">): string {
  return `http://127.0.0.1:${port}`;
}

export function authorizationOf({ password }: Pick<OpencodeAddress, "password">): string {
  return `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}`;
}
