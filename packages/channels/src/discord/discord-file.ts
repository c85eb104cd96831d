import { DeliveryError } from "../channel.ts";
import { bytesWithin, tooLarge } from "../file-bytes.ts";
import type { HeardFile } from "../inbound.ts";
import type { DiscordFileFacts } from "./read-discord-message.ts";

const TIMEOUT_MS = 30_000;
const HOSTS = ["cdn.discordapp.com", "media.discordapp.net"];

/** A file on Discord; its address is signed, and nobody is shown a token. */
export function discordFile(facts: DiscordFileFacts, apiUrl: string | undefined): HeardFile {
  const { filename: name, content_type = "application/octet-stream", size, url } = facts;
  return {
    name,
    mimeType: content_type,
    sizeBytes: size,
    async read(mostBytes, signal) {
      if (!isOfDiscord(url, apiUrl)) throw new DeliveryError("refused", `${name} is not kept by Discord itself`);
      if (size > mostBytes) throw tooLarge(name, mostBytes);
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      try {
        const response = await fetch(url, {
          redirect: "error",
          signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        });
        if (!response.ok) {
          await response.body?.cancel();
          throw refusedWith(response.status, name);
        }
        return await bytesWithin(response, mostBytes, name);
      } catch (cause) {
        signal?.throwIfAborted();
        if (cause instanceof DeliveryError) throw cause;
        throw new DeliveryError("again", `${name} could not be fetched from Discord`, { cause });
      }
    },
  };
}

function isOfDiscord(url: string, apiUrl: string | undefined): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, origin } = new URL(url);
  if (apiUrl !== undefined && origin === new URL(apiUrl).origin) return true;
  return protocol === "https:" && HOSTS.includes(hostname);
}

function refusedWith(status: number, name: string): DeliveryError {
  if (status === 429 || status >= 500) return new DeliveryError("again", `Discord answered ${status} for ${name}`);
  return new DeliveryError("gone", `${name} is there no more`);
}
