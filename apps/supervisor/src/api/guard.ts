import { peerAddress } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import type { Context as HonoContext, MiddlewareHandler } from "hono";
import { type Authenticate, REFUSALS, type RefuseSlowly } from "../gate/authenticate.ts";
import type { Context } from "../context.ts";
import { isSameOrigin, originAllowed } from "../gate/domain/origin.ts";
import type { Actor } from "../operations/handler.ts";

/** Who decides about requests. */
export interface Guards {
  readonly authenticate: Authenticate;
  readonly refuseSlowly: RefuseSlowly;
  readonly originAllowlist: () => readonly string[];
}

/** Lets a request pass whose origin, if it has one, is fine, and whose token is right; notes whose it is. */
export function guardApi(
  context: Context,
  { authenticate, refuseSlowly, originAllowlist }: Guards,
  failure: (c: HonoContext, error: HalError) => Response,
): MiddlewareHandler<{ Variables: { actor: Actor } }> {
  return async (c, next) => {
    const ip = peerAddress(nodeOf(c)?.incoming?.socket ?? {});
    const origin = c.req.header("origin");
    const { protocol } = new URL(c.req.url);
    const isOwnPage = origin !== undefined && isSameOrigin(origin, c.req.header("host"), protocol === "https:");
    if (!isOwnPage && !originAllowed(origin, originAllowlist())) {
      const reason = "this origin is not in security.origin_allowlist";
      context.audit.refused({ actor: "-", role: undefined, action: "connect", surface: "http", ip, reason });
      return failure(c, new HalError("forbidden", reason));
    }
    const actor = authenticate(c.req.header("authorization"), { surface: "http", ip });
    if ("refused" in actor) {
      if (!(await refuseSlowly(ip))) nodeOf(c)?.outgoing?.destroy();
      const hint = actor.refused === "unknown" ? "; send Authorization: Bearer <token>" : "";
      return failure(c, new HalError("auth_required", `${REFUSALS[actor.refused]}${hint}`));
    }
    c.set("actor", actor);
    return next();
  };
}

interface NodeBindings {
  readonly incoming?: { readonly destroyed?: boolean; readonly socket?: { readonly remoteAddress?: string } };
  readonly outgoing?: { destroy(): void };
}

/** Node's request and response behind a request, where there are some. */
export function nodeOf(c: HonoContext): NodeBindings | undefined {
  return c.env as NodeBindings | undefined;
}
