import { cutEnd, type Message } from "@hal/channels";

/** So much that is shown as it is fits into a message, whichever platform it is on. */
const MOST_SHOWN = 2_500;
const FIRST_LINES = 15;
const MOST_OF_FIRST = 1_500;

/** A message that fits, and the whole of what did not as a file. */
export interface SplitMessage {
  readonly message: Message;
  readonly file: { readonly name: string; readonly text: string } | undefined;
}

/** Leaves the first lines of what is too long in the message, and has all of it in a file. */
export function splitLong(message: Message, name: string): SplitMessage {
  const { code = "", footer } = message;
  if (code.length <= MOST_SHOWN) return { message, file: undefined };
  const first = cutEnd(code.split("\n").slice(0, FIRST_LINES).join("\n"), MOST_OF_FIRST);
  const whole = `the whole is in ${name}`;
  return {
    message: { ...message, code: first, footer: footer === undefined ? whole : `${footer}; ${whole}` },
    file: { name, text: code },
  };
}
