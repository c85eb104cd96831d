import { DeliveryError } from "../channel.ts";
import { bytesWithin, tooLarge } from "../file-bytes.ts";
import type { HeardFile } from "../inbound.ts";
import { isOfSlack } from "./is-of-slack.ts";
import type { SlackFileFacts } from "./read-slack-body.ts";

const TIMEOUT_MS = 30_000;

export interface SlackFileAccess {
  readonly botToken: string;
  readonly apiUrl: string | undefined;
}

/** A file on Slack, fetched with the app's own token, which nobody but Slack is shown. */
export function slackFile(facts: SlackFileFacts, { botToken, apiUrl }: SlackFileAccess): HeardFile {
  const { name = "file", mimetype = "application/octet-stream", size = 0 } = facts;
  const url = facts.url_private_download ?? facts.url_private ?? "";
  return {
    name,
    mimeType: mimetype,
    sizeBytes: size,
    async read(mostBytes, signal) {
      if (!isOfSlack(url, apiUrl)) throw new DeliveryError("refused", `${name} is not kept by Slack itself`);
      if (size > mostBytes) throw tooLarge(name, mostBytes);
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      try {
        const response = await fetch(url, {
          headers: { authorization: `Bearer ${botToken}` },
          redirect: "manual",
          signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        });
        if (!response.ok || isSignIn(response, mimetype)) {
          await response.body?.cancel();
          throw refusedWith(response.status, name);
        }
        return await bytesWithin(response, mostBytes, name);
      } catch (cause) {
        signal?.throwIfAborted();
        if (cause instanceof DeliveryError) throw cause;
        throw new DeliveryError("again", `${name} could not be fetched from Slack`, { cause });
      }
    },
  };
}

/** Whoever may not read a file is shown a page instead. */
function isSignIn(response: Response, mimeType: string): boolean {
  return (response.headers.get("content-type") ?? "").startsWith("text/html") && mimeType !== "text/html";
}

function refusedWith(status: number, name: string): DeliveryError {
  if (status === 429 || status >= 500) return new DeliveryError("again", `Slack answered ${status} for ${name}`);
  if (status === 404) return new DeliveryError("gone", `${name} is there no more`);
  return new DeliveryError(
    "stopped",
    `${name} may not be read: add files:read under OAuth & Permissions and install the app again`,
  );
}
