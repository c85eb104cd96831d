import type { Person } from "@hal/channels";
import { cutText, inOneLine } from "@hal/protocol/text";
import { keepName, nameOf } from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import type { ChatKind } from "./channel-book.ts";

const PLATFORMS = { slack: "Slack", discord: "Discord" } as const satisfies Record<ChatKind, string>;
const MOST_CHARS = 80;

/** Remembers how somebody is called on a platform, where it says so: by what nobody else there can be called. */
export function rememberName(
  { store, clock, log }: Pick<Kernel, "store" | "clock" | "log">,
  kind: ChatKind,
  { id, handle = "" }: Pick<Person, "id" | "handle">,
): void {
  const actor = `${kind}:${id}`;
  const said = cutText(inOneLine(handle).trim(), MOST_CHARS);
  if (said === "" || nameOf(store, actor) === said) return;
  // what somebody does must not wait for their name, and does not fail with it
  keepName(store, actor, said, clock.now()).catch((error: unknown) =>
    log.warn({ error, actor }, "the name of somebody could not be kept"),
  );
}

/** How somebody is called where people read it: such as `ann on Slack`, and as the audit has them where nobody knows a name. */
export function calledFor({ store }: Pick<Kernel, "store">, actor: string): string {
  const [kind, platform] = Object.entries(PLATFORMS).find(([one]) => actor.startsWith(`${one}:`)) ?? [];
  const name = kind === undefined ? undefined : nameOf(store, actor);
  return name === undefined ? actor : `${name} on ${platform}`;
}
