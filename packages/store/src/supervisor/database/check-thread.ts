import { once } from "node:events";
import { type MessagePort, Worker } from "node:worker_threads";
import { findDamage } from "../../file/integrity.ts";

/** Which file is read, and whether what is in its indexes, too. */
export interface CheckRequest {
  readonly file: string;
  readonly depth: "quick" | "full";
}

/** Reads a database through in a thread of its own, while others use it. Returns what is wrong; nothing is good. */
export async function checkInThread(
  entry: URL,
  request: CheckRequest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const worker = new Worker(entry, { workerData: request, name: "hal-checker" });
  try {
    const [found] = (await once(worker, "message", { signal })) as [readonly string[]];
    return found;
  } finally {
    await worker.terminate();
  }
}

/** The other end of `checkInThread`. */
export function serveCheck(port: MessagePort, { file, depth }: CheckRequest): void {
  port.postMessage(findDamage(file, depth));
}
