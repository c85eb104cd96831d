import type { Form } from "@hal/channels";
import { entryOf } from "@hal/protocol/text";
import type { Confirmation } from "../capabilities/channels/composer.ts";

/** A form that is open for longer counts for nothing. */
const MOST_AGE_MS = 900_000;
/** Where the word is typed. */
const WORD = "word";

/** What a form confirms, and who was asked; its id has it, and no more than that. */
export interface Asked {
  /** the id of a button, or what was typed */
  readonly what: string;
  readonly user: string;
  readonly at: number;
  readonly footing: string;
}

/** An id that says what somebody is asked. */
export function askingId(begin: string, { what, user, at, footing }: Asked): string {
  return `${begin}${[user, at.toString(36), footing, what].join(":")}`;
}

/** The form by which somebody confirms what destroys: for them alone, for a while, and for what they were shown. */
export function confirmationForm(begin: string, asked: Asked, { title, text, submit, word }: Confirmation): Form {
  return {
    id: askingId(begin, asked),
    title,
    text,
    submit,
    inputs: [{ kind: "text", id: WORD, label: `Type ${word} to go on` }],
  };
}

/** What such an id says; undefined where it is none. */
export function askedIn(begin: string, id: string): Asked | undefined {
  const [user, at = "", footing, ...what] = id.slice(begin.length).split(":");
  if (user === undefined || footing === undefined || what.length === 0) return undefined;
  if (!id.startsWith(begin) || !/^[0-9a-z]{1,10}$/.test(at)) return undefined;
  return { what: what.join(":"), user, at: Number.parseInt(at, 36), footing };
}

/** What somebody sent off. */
export interface Given {
  readonly user: string;
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly now: number;
}

/** Why a confirmation counts for nothing, in one line; undefined where it counts. What is at work may go from one thing to the next. */
export function unconfirmed(asked: Asked, wanted: Confirmation, { user, values, now }: Given): string | undefined {
  const old = outOfDate(asked, { user, now });
  if (old !== undefined) return old;
  if (entryOf(values, WORD)?.[0]?.trim() !== wanted.word) return `nothing was done: ${wanted.word} was not typed`;
  if (asked.footing !== "work" && asked.footing !== wanted.footing)
    return `nothing was done, since it has begun something meanwhile: press it again to see what`;
  return undefined;
}

/** Why something that was asked is of nobody, or of nobody any more. */
export function outOfDate({ user, at }: Asked, given: Pick<Given, "user" | "now">): string | undefined {
  if (user !== given.user) return "nothing was done: somebody else was asked";
  if (given.now < at || given.now - at > MOST_AGE_MS)
    return "nothing was done: that was asked too long ago, begin once more";
  return undefined;
}
