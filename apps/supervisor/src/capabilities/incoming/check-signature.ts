import { createHmac } from "node:crypto";
import { verifyWebhook } from "@hal/channels";
import { sameSecret } from "@hal/daemon";
import type { Source } from "./sources.ts";

/** A request as it came: names of headers in lower case, and the body byte by byte. */
export interface RawRequest {
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
}

/** Why a request is not by whoever it says; undefined where it is. Compares in constant time. */
export function signatureProblem(
  { kind, signing, shown }: Pick<Source, "kind" | "signing" | "shown">,
  { header, body }: RawRequest,
  now: number,
): string | undefined {
  if (kind === "github") {
    if (signing === undefined) return "there is no secret for it";
    const own = `sha256=${createHmac("sha256", signing).update(body).digest("hex")}`;
    return sameSecret(header("x-hub-signature-256") ?? "", own) ? undefined : "its signature is wrong or missing";
  }
  if (signing !== undefined) {
    const problem = verifyWebhook(signing, {
      id: header("webhook-id"),
      timestamp: header("webhook-timestamp"),
      signature: header("webhook-signature"),
      body,
      now,
    });
    return problem;
  }
  if (shown === undefined) return "there is no secret for it";
  return sameSecret(header("x-gitlab-token") ?? "", shown) ? undefined : "its token is wrong or missing";
}
