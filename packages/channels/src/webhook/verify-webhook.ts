import { createHmac, timingSafeEqual } from "node:crypto";

const MOST_SKEW_SEC = 300;
/** While a secret is rotated there are two; nobody has a use for many. */
const MOST_SIGNATURES = 10;

/** A request that is said to be signed as Standard Webhooks 1.0 have it. */
export interface SignedWebhook {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  /** as it came, byte by byte */
  readonly body: Uint8Array;
  /** milliseconds since 1970 */
  readonly now: number;
}

/**
 * Why a request is not by whoever has the secret, or not of these minutes; undefined where nothing is wrong. That an id came before is for
 * the caller to look at.
 * @param secret `whsec_` and the key in base64
 */
export function verifyWebhook(
  secret: string,
  { id, timestamp, signature, body, now }: SignedWebhook,
): string | undefined {
  if (id === undefined || id === "" || id.includes(".") || id.length > 256) return "it has no webhook-id";
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return "it has no webhook-timestamp";
  if (Math.abs(now / 1_000 - Number(timestamp)) > MOST_SKEW_SEC)
    return "its webhook-timestamp is more than 5 minutes from now";
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const own = Buffer.from(
    `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")}`,
  );
  const given = (signature ?? "").split(" ", MOST_SIGNATURES).map((one) => Buffer.from(one));
  const isSigned = given.some((one) => one.length === own.length && timingSafeEqual(one, own));
  return isSigned ? undefined : "its webhook-signature is wrong or missing";
}
