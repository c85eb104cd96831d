import * as v from "valibot";
import { Figure, LAST_TIME, Word } from "../bounds.ts";
import { forPrograms, refers } from "./references.ts";

/** A number that may come as text, as query strings bring it. */
export const IntegerText = v.pipe(
  v.union([Figure, v.pipe(Word, v.regex(/^\d+$/, "a whole number"), v.transform(Number))]),
  v.safeInteger(),
);

/** Said or not; also as query strings bring it. */
export const SwitchText = v.union([
  v.boolean(),
  v.pipe(
    v.picklist(["true", "false"]),
    v.transform((text) => text === "true"),
  ),
]);

const LIMIT = 100;
const MOST = 1000;

/** How many rows a page has: 1 to 1000. What is more counts as 1000, what is no number as 100; `meta.limit` says which it was. */
export const Limit = v.optional(
  v.pipe(
    v.fallback(v.pipe(IntegerText, v.minValue(1)), LIMIT),
    v.metadata({ maximum: MOST }),
    v.description("most rows, 1 to 1000"),
    v.transform((rows) => Math.min(rows, MOST)),
  ),
  LIMIT,
);

/** The place behind which a page of a list begins. */
export const PageCursor = v.optional(
  v.pipe(
    Word,
    v.description("the next page: `meta.next` of the page before; the rest of the query stays as it was"),
    forPrograms(),
  ),
);

/** At or after a time; ISO 8601. A time without a zone, and a day, is of UTC. */
export const Since = v.optional(
  v.pipe(
    Word,
    v.check(isTime, "not a time; write it as 2026-02-03T04:05:06Z"),
    v.metadata({ format: "date-time" }),
    v.description("at or after this time, by the supervisor's clock; without a zone it is of UTC"),
    v.transform((text) => new Date(timeOf(text)).toISOString()),
  ),
);

/** Up to a time, as `Since`; no person types it. */
export const UpTo = v.optional(
  v.pipe(
    Word,
    v.check(isTime, "not a time; write it as 2026-02-03T04:05:06Z"),
    v.metadata({ format: "date-time" }),
    v.description("up to this time, by the supervisor's clock; without it until now"),
    forPrograms(),
    v.transform((text) => new Date(timeOf(text)).toISOString()),
  ),
);

/** ISO 8601 in UTC with milliseconds, as every time that the API shows. */
export const Time = v.pipe(v.string(), v.isoTimestamp());

/** In a view whose row holds what cannot be shown; everything else of the row is as it is stored. */
export const Problem = v.optional(
  v.pipe(v.string(), v.description("present where a part of what is stored cannot be shown, and which part")),
);

/** A session id, a unique prefix of one, a project name, each of them also as `node/…`. */
export const SessionRef = v.pipe(
  Word,
  v.minLength(1, "say which session: an id, a unique prefix or a project name"),
  v.description(
    "a session id, a unique prefix of one, or a project name (its current session); each of them also as `node/…`",
  ),
  v.examples(["my-project"]),
  refers("session", "project"),
);

/** A node id, a unique prefix of one, its name or its host name. */
export const NodeRef = v.pipe(
  Word,
  v.minLength(1, "say which node: an id, a unique prefix or a host name"),
  v.description("a node id, a unique prefix of one, its name or its host name"),
  v.examples(["box"]),
  refers("node"),
);

/** Narrows a list to a node. */
export const OnNode = v.pipe(NodeRef, v.description("only on this node: an id, a unique prefix or a host name"));

/** Narrows a list to a session. */
export const OfSession = v.pipe(
  SessionRef,
  v.description("only of this session: an id, a unique prefix or a project name"),
);

/** How long to wait for a command's outcome before answering with the state it is in. */
export const WaitMs = v.optional(
  v.pipe(
    IntegerText,
    v.minValue(0),
    v.maxValue(600_000),
    v.description("how long to wait for the outcome before answering with the state that the command is in"),
    forPrograms(),
  ),
  30_000,
);

/** How long a command may wait for its node before it expires. */
export const DeadlineMs = v.optional(deadline("how long the command may wait for its node before it expires"), 300_000);

/** The same of what stops something: nothing said is no deadline, and it waits until it is done or cancelled. */
export const StandingDeadlineMs = v.optional(
  deadline("how long it may wait for its node before it expires; without it, until it is done or cancelled"),
);

/** How long an answer may wait for its node before it expires; the supervisor has a setting for it. */
export const AnswerDeadlineMs = v.optional(
  deadline(
    "how long the answer may wait for its node before it expires; without it, as the supervisor's interactions.answer_timeout_seconds says",
  ),
);

function deadline(description: string) {
  return v.pipe(IntegerText, v.minValue(1_000), v.maxValue(7 * 86_400_000), v.description(description), forPrograms());
}

function isTime(text: string): boolean {
  const time = timeOf(text);
  return time >= 0 && time <= LAST_TIME;
}

/** What else `Date` takes for a time, such as `5`, is none. */
function timeOf(text: string): number {
  const [, day, clock = "", zone = "Z"] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(text) ?? [];
  return day === undefined ? Number.NaN : Date.parse(clock === "" ? day : `${day}T${clock}${zone}`);
}
