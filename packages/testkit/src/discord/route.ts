import type { DiscordServer } from "./server.ts";

/** A request, read. */
export interface DiscordRequest {
  readonly server: DiscordServer;
  /** the variable parts of its path */
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** the same where it is a list */
  readonly list: readonly unknown[];
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** what people would be sorry for is noted here */
  readonly notes: string[];
}

export interface DiscordRoute {
  /** needs the bot token */
  readonly isOfBot: boolean;
  /** what is answered; nothing where there is nothing to say */
  readonly run: (request: DiscordRequest) => unknown;
}
