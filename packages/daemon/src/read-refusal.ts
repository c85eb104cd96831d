import type { IncomingMessage } from "node:http";

const MAX_BYTES = 4_096;
const MAX_CHARS = 300;
const WAIT_MS = 1_000;

/** What a server says about a request that it refuses, in one line; undefined where it says nothing that can be read. */
export async function readRefusal(response: IncomingMessage): Promise<string | undefined> {
  const tooLate = setTimeout(() => response.destroy(), WAIT_MS);
  try {
    let text = "";
    for await (const bytes of response) {
      text += String(bytes);
      if (text.length > MAX_BYTES) return undefined;
    }
    const { error } = JSON.parse(text) as { readonly error?: unknown };
    // it may come from anybody and goes to a terminal
    return typeof error === "string" ? error.replaceAll(/\p{C}+/gu, " ").slice(0, MAX_CHARS) : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(tooLate);
  }
}
