import * as v from "valibot";

/** A number that may come as text, as query strings bring it. */
export const IntegerText = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/, "a whole number"), v.transform(Number))]),
  v.safeInteger(),
);

/** How many rows a page has: 1 to 1000, 100 where nothing is said. */
export const Limit = v.optional(v.pipe(IntegerText, v.minValue(1), v.maxValue(1000)), 100);

/** ISO 8601 in UTC with milliseconds, as every time that the API shows. */
export const Time = v.pipe(v.string(), v.isoTimestamp());

/** A session id, a unique prefix of one, a project name, or `node/project`. */
export const SessionRef = v.pipe(
  v.string(),
  v.minLength(1, "say which session: an id, a unique prefix or a project name"),
);

/** A node id, a unique prefix of one, its name or its host name. */
export const NodeRef = v.pipe(v.string(), v.minLength(1, "say which node: an id, a unique prefix or a host name"));

/** How long to wait for a command's outcome before answering with the state it is in. */
export const WaitMs = v.optional(v.pipe(IntegerText, v.minValue(0), v.maxValue(600_000)), 30_000);

/** How long a command may wait for its node before it expires. */
export const DeadlineMs = v.optional(v.pipe(IntegerText, v.minValue(1_000), v.maxValue(7 * 86_400_000)), 300_000);
