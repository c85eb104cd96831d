import { ERROR_MEANINGS } from "./meanings-of-errors.ts";
import { EVENT_MEANINGS } from "./meanings-of-events.ts";
import { STATUS_MEANINGS } from "./meanings-of-statuses.ts";

/** What a word means where it stands for a state, an event or an error. */
export interface Meaning {
  /** of what, such as `session` or `command`; `event` and `error` for those */
  readonly of: string;
  readonly word: string;
  readonly text: string;
  /** what a person does about it; absent where nothing has to be done */
  readonly next?: string | undefined;
}

/** All that is known of words, statuses first. */
export function allMeanings(): readonly Meaning[] {
  return [
    ...Object.entries(STATUS_MEANINGS).flatMap(([of, words]) =>
      Object.entries(words).map(([word, [text, next]]) => ({ of, word, text, next })),
    ),
    ...Object.entries(EVENT_MEANINGS).map(([word, text]) => ({ of: "event", word, text })),
    ...Object.entries(ERROR_MEANINGS).map(([word, [text, next]]) => ({ of: "error", word, text, next })),
  ];
}

/** What a word means; several where it stands for several things. */
export function meaningsOf(word: string): readonly Meaning[] {
  return allMeanings().filter((meaning) => meaning.word === word);
}
