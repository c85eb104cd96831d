const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

let counter = 0;

/** An id as opencode makes its own, later than all before it. */
export function newMessageId(now: number): string {
  counter += 1;
  return opencodeMessageId(now, counter, crypto.getRandomValues(new Uint8Array(14)));
}

/**
 * A message id as opencode makes its own: the time in twelve hex digits, so that ids ascend, and fourteen
 * random characters.
 */
export function opencodeMessageId(now: number, count: number, randomBytes: Uint8Array): string {
  const place = BigInt.asUintN(48, BigInt(Math.floor(now)) * 0x1000n + BigInt(count % 0x1000));
  const tail = Array.from({ length: 14 }, (_, index) => ALPHABET[(randomBytes[index] ?? 0) % ALPHABET.length]).join("");
  return `msg_${place.toString(16).padStart(12, "0")}${tail}`;
}
