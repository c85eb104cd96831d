import { newUuid } from "@hal/daemon";

/** A name for a notice, short enough for every channel: 22 characters. */
export function newNoticeId(): string {
  return Buffer.from(newUuid().replaceAll("-", ""), "hex").toString("base64url");
}
