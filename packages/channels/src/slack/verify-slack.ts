import { createHmac, timingSafeEqual } from "node:crypto";

const MOST_SKEW_S = 300;

/** Whether a request is Slack's, and of now: the signature is over its raw body, and its time is within five minutes either way. */
export function isFromSlack(
  secret: string,
  headers: { readonly timestamp: string | null; readonly signature: string | null },
  body: string,
  now: number,
): boolean {
  const { timestamp, signature } = headers;
  if (timestamp === null || signature === null || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now / 1_000 - Number(timestamp)) > MOST_SKEW_S) return false;
  const expected = Buffer.from(`v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
