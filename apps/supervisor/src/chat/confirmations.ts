import type { Form } from "@hal/channels";
import type { Confirmation } from "../capabilities/channels/composer.ts";

/** A form that is open for longer counts for nothing. */
const MOST_AGE_MS = 900_000;
/** Where the word is typed. */
const WORD = "word";

/** What a form confirms, and who was asked; its id has it, and no more than that. */
export interface Asked {
  /** of the button */
  readonly button: string;
  readonly user: string;
  readonly at: number;
  readonly footing: string;
}

/** The form by which somebody confirms what destroys: for them alone, for a while, and for what they were shown. */
export function confirmationForm(begin: string, asked: Asked, { title, text, submit, word }: Confirmation): Form {
  const { button, user, at, footing } = asked;
  return {
    id: `${begin}${[button, user, at.toString(36), footing].join(":")}`,
    title,
    text,
    submit,
    inputs: [{ kind: "text", id: WORD, label: `Type ${word} to go on` }],
  };
}

/** What the id of a form says; undefined where it confirms nothing. */
export function askedIn(begin: string, id: string): Asked | undefined {
  const [button = "", user, at = "", footing] = id.slice(begin.length).split(":");
  if (user === undefined || footing === undefined || !/^[0-9a-z]{1,10}$/.test(at)) return undefined;
  return { button, user, at: Number.parseInt(at, 36), footing };
}

/** What somebody sent off. */
export interface Given {
  readonly user: string;
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly now: number;
}

/** Why a confirmation counts for nothing, in one line; undefined where it counts. What is at work may go from one thing to the next. */
export function unconfirmed(asked: Asked, wanted: Confirmation, { user, values, now }: Given): string | undefined {
  if (asked.user !== user) return "nothing was done: somebody else was asked";
  if (now < asked.at || now - asked.at > MOST_AGE_MS)
    return "nothing was done: that was asked too long ago, press it again";
  if (values[WORD]?.[0]?.trim() !== wanted.word) return `nothing was done: ${wanted.word} was not typed`;
  if (asked.footing !== "work" && asked.footing !== wanted.footing)
    return `nothing was done, since it has begun something meanwhile: press it again to see what`;
  return undefined;
}
