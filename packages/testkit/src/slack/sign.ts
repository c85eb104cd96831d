import { createHmac } from "node:crypto";

/** The signature of a request, as Slack makes it over its raw body. */
export function signSlack(secret: string, timestampS: number, body: string): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestampS}:${body}`).digest("hex")}`;
}
