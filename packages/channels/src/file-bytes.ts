import { DeliveryError } from "./channel.ts";

/** What was answered for a file; fails once that is more than is taken. */
export async function bytesWithin(response: Response, mostBytes: number, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > mostBytes) throw tooLarge(name, mostBytes);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

export function tooLarge(name: string, mostBytes: number): DeliveryError {
  return new DeliveryError("refused", `${name} is larger than the ${mostBytes} bytes that are taken`);
}
