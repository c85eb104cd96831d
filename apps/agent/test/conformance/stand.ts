import type { FileKind } from "@hal/protocol";
import type { BackEnd } from "../../src/back-end.ts";

/** A back end under test, with a model of which each answer is known beforehand. */
export interface Stand extends AsyncDisposable {
  readonly backEnd: BackEnd;
  /** two directories in which it may work, by their real paths */
  readonly directories: readonly [string, string];
  readonly prompts: Prompts;
  /** the model that works, by `provider/model`, how many tokens it takes, and what beside text; undefined where the back end does not say */
  readonly model: {
    readonly name: string;
    readonly contextLimit: number | undefined;
    readonly takes: readonly FileKind[] | undefined;
  };
}

/** Prompts by what their turns come to. */
export interface Prompts {
  /** one answer with this text, written in several pieces */
  says(text: string): string;
  /** an answer that takes two seconds or so */
  readonly takesTime: string;
  /** an answer that is written, piece by piece, for longer than any test waits */
  readonly neverEnds: string;
  /** runs a tool of which nobody is asked, which prints these words, and says afterwards that it is done */
  runs(words: string): string;
  /** a tool for which a person must be asked; afterwards it says that it went on */
  readonly needsPermission: string;
  /** asks a person for a colour, `red` or `blue`; afterwards it says that it went on */
  readonly asksColour: string;
  /** the model provider refuses it, and trying again is of no use */
  readonly fails: string;
  /** writes a new file `notes.txt` with the lines `one` and `two` */
  readonly writes: string;
  /** puts `Write it`, which is `completed` and of priority `high`, on the session's list */
  readonly lists: string;
}
