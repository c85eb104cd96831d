import { jsonText } from "@hal/protocol/text";
import * as v from "valibot";
import { nothing, type Read } from "./happening.ts";

const Body = v.looseObject({
  type: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  timestamp: v.optional(v.string(), ""),
});

/** What some program told, as Standard Webhooks have it: what it is about, a rule says. Pure. */
export function readGeneric(name: string, id: string, body: unknown): Read {
  const parsed = v.safeParse(Body, body);
  if (!parsed.success) return nothing("its body has no type");
  const { type, timestamp } = parsed.output;
  const time = Date.parse(timestamp);
  const happening = {
    event: type,
    repository: name,
    thing: `arrival/${id}`,
    person: name,
    isBot: false,
    standing: "member",
    at: Number.isNaN(time) ? undefined : time,
    isAutomatic: true,
    words: [{ what: "what it told", text: jsonText(body, 2) }],
    answerAt: undefined,
    body,
  } as const;
  return { kind: "happening", happening };
}
