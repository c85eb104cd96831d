import { peerAddress } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import { type Context as HonoContext, type Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Context } from "../context.ts";
import type { Env } from "./app.ts";
import { failure, json } from "./envelope.ts";
import { nodeOf } from "./guard.ts";
import { INCOMING_PATHS } from "./routes.ts";

/** More than a service says of an issue with all its texts; what is larger is of no event that a rule is about. */
const MOST_BYTES = 1_048_576;

/** The door of services that tell what happened there: who that is their signature says, over the body as it came. */
export function mountIncoming(app: Hono<Env>, context: Context): void {
  const limit = bodyLimit({
    maxSize: MOST_BYTES,
    onError: (c) => failure(c, new HalError("payload_too_large", `the body is above ${MOST_BYTES} bytes`)),
  });
  for (const path of INCOMING_PATHS)
    app.post(path, limit, async (c) => {
      const { status, data } = await context.incoming.take({
        sender: senderOf(c),
        ip: peerAddress(nodeOf(c)?.incoming?.socket ?? {}),
        header: (name) => c.req.header(name),
        body: Buffer.from(await c.req.arrayBuffer()),
      });
      return json(c, { data }, status);
    });
}

function senderOf(c: HonoContext<Env>): string {
  const name = c.req.param("name");
  return name === undefined ? c.req.path.slice("/incoming/".length) : `generic/${name}`;
}
