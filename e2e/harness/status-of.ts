import { request as ask } from "node:http";
import { request as askSecurely } from "node:https";

const ANSWER_MS = 20_000;

/** The status that an address answers with, whatever certificate it shows. */
export function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const asking = url.startsWith("https:")
      ? askSecurely(url, { rejectUnauthorized: false, agent: false, signal })
      : ask(url, { agent: false, signal });
    asking.on("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asking.on("error", reject).end();
  });
}
