import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../harness/eventually.ts";

/** Cards are changed every five seconds at most. */
const SETTLED_MS = 12_000;

/** One thing that people did, and what they see of it when all has settled. */
export interface Chapter {
  readonly title: string;
  /** in words, what was done */
  readonly did: string;
  /** what has to be there */
  readonly sees: RegExp;
  /** what is shown beside the channel, such as an open form */
  readonly also?: string;
}

/**
 * A story as people saw it, chapter by chapter, compared with the one that is written down. A chapter has come to its end when it reads
 * as there; how long that takes decides nothing. With WRITE_CHRONICLE=1 it is written anew instead, to be read by a person.
 */
export class Chronicle {
  readonly #file: string;
  readonly #isWritten: boolean;
  readonly #known: ReadonlyMap<string, string>;
  readonly #told: string[] = [];
  #before: readonly string[] = [];

  constructor(file: string, isWritten = process.env["WRITE_CHRONICLE"] === "1") {
    this.#file = file;
    this.#isWritten = isWritten;
    this.#known = isWritten ? new Map() : chaptersOf(readFileSync(file, "utf8"));
  }

  /** Waits until what is seen reads as it is written down. */
  async chapter({ title, did, sees, also }: Chapter, look: () => string): Promise<void> {
    const compose = (): string => {
      const seen = look();
      if (!sees.test(seen)) throw new Error(`${title}: nothing like ${String(sees)} in\n${seen}`);
      const known = Map.groupBy(this.#before, (message) => message);
      const news = inOrder(messagesIn(seen).filter((message) => known.get(message)?.pop() === undefined));
      const blocks = [also, news.join("\n\n")].filter((block) => block !== undefined);
      return [`## ${title}`, did, ...blocks.map((block) => `\`\`\`text\n${block}\n\`\`\``)].join("\n\n");
    };
    const text = await eventually(async () => {
      const composed = compose();
      const known = this.#known.get(title);
      if (!this.#isWritten && composed !== known)
        throw new Error(`${title} reads\n${composed}\n\nand not\n${known ?? "(it is not written down)"}`);
      return composed;
    }, 60_000);
    if (this.#isWritten) await delay(SETTLED_MS);
    this.#told.push(this.#isWritten ? compose() : text);
    this.#before = messagesIn(look());
  }

  /** Writes the story down where that is wanted. Answers with the titles that were told, and those that are written. */
  close(head: string): { readonly told: readonly string[]; readonly written: readonly string[] } {
    if (this.#isWritten) writeFileSync(this.#file, `${[head, ...this.#told].join("\n\n")}\n`);
    const written = [...chaptersOf(readFileSync(this.#file, "utf8")).keys()];
    return { told: this.#told.map((text) => titleOf(text)), written };
  }
}

/** Messages with their threads; the lines of a transcript that stand at its edge begin one each. */
function messagesIn(transcript: string): string[] {
  return transcript.split(/\n(?=\S)/).filter((message) => message !== "");
}

/** What somebody is told alone, what is answered to a command, and how things are since: these come on ways of their own. */
function inOrder(messages: readonly string[]): readonly string[] {
  const rank = (message: string): number =>
    [/^HAL \(only/, /^ +\*\*\S+ OK ann /m, /^/].findIndex((one) => one.test(message));
  return messages.toSorted((one, other) => rank(one) - rank(other));
}

function titleOf(text: string): string {
  return text.slice("## ".length, text.indexOf("\n"));
}

function chaptersOf(document: string): ReadonlyMap<string, string> {
  const [, ...chapters] = document.trimEnd().split(/\n\n(?=## )/);
  return new Map(chapters.map((text) => [titleOf(text), text]));
}
