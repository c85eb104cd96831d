import * as v from "valibot";

/** So many targets there are at most, and so many routes. */
export const MOST_TARGETS = 100;
export const MOST_ROUTES = 200;

/** What a target is called behind the `#`. */
export const TargetName = v.pipe(
  v.string("must be text"),
  v.maxLength(64, "is longer than 64 characters"),
  v.regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    "is no name: it has letters, digits, dots, dashes and underscores, and begins with a letter or a digit",
  ),
);

/**
 * How a target takes what it is sent. `untried`: nothing was sent to it yet, so nobody knows; `failing`: the last try did not arrive, and it is
 * tried again by itself; `stopped`: nothing is sent until somebody sees to it.
 */
export const TARGET_STATES = ["untried", "working", "failing", "stopped"] as const;
export const TargetState = v.picklist(TARGET_STATES);
export type TargetState = v.InferOutput<typeof TargetState>;

/**
 * What became of a notice. `digested`: it was told in one message with others; `muted`: its channel tells less than that; `limited`: its
 * route had told enough just then; `given_up`: it was tried in vain, or will never be taken.
 */
export const NOTICE_STATES = ["waiting", "sent", "digested", "muted", "limited", "given_up"] as const;
export const NoticeState = v.picklist(NOTICE_STATES);
export type NoticeState = v.InferOutput<typeof NoticeState>;

/** How much a channel for people tells. */
export const VERBOSITIES = ["quiet", "normal", "verbose"] as const;
export const Verbosity = v.picklist(VERBOSITIES, "must be quiet, normal or verbose");
export type Verbosity = v.InferOutput<typeof Verbosity>;
