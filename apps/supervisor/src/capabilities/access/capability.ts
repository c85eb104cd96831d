import { fingerprint } from "@hal/daemon";
import { previousTokens } from "../../config.ts";
import type { Context as AuditContext } from "../audit/context.ts";
import { capability } from "../capability.ts";
import type { Context } from "./context.ts";
import { tokenHandlers } from "./operations.ts";
import { TokenBook } from "./token-book.ts";
import { whoamiHandlers } from "./whoami.ts";

const MINUTE_MS = 60_000;

/** Who may ask for what: tokens, their roles and their ends. */
export const access = capability<AuditContext, Context>()({
  name: "access",
  async open({ store, clock }, { config }) {
    const configured = { current: config.server.auth_token, previous: previousTokens(config) };
    return { tokens: await TokenBook.open(store, clock, configured) };
  },
  handlers: { ...tokenHandlers, ...whoamiHandlers },
  timers: ({ tokens }, { oftenMs }) => [
    { name: "ending tokens", everyMs: oftenMs, beat: () => tokens.expire() },
    { name: "keeping uses of tokens", everyMs: MINUTE_MS, work: () => tokens.saveUses() },
  ],
  liveKeys: ["server.auth_token", "server.previous_auth_token"],
  async reload({ tokens, log }, { next, changed }) {
    const current = next.server.auth_token;
    const previous = previousTokens(next);
    await tokens.shared.change({ current, previous });
    if (changed.some((key) => key.endsWith("auth_token")))
      log.info(
        { token: fingerprint(current), previous: previous.map(fingerprint) },
        "the shared token changed (fingerprints)",
      );
  },
  beforeLinksEnd: ({ tokens }) => tokens.saveUses(),
});
