import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** Shapes in which secrets come, made of chance; those of `TOKEN_SHAPES` can be in a header. */
const SHAPES = {
  hex: (chance: string) => chance,
  base64: (chance: string) => `${Buffer.from(chance).toString("base64").slice(0, 20)}+/9a==`,
  escaped: (chance: string) => `q"${chance.slice(0, 8)}\\'\n\té√-${chance.slice(8, 16)}`,
  pattern: (chance: string) => `.*([a-z]+)$^|${chance.slice(0, 12)}`,
  address: (chance: string) => `a%20b%3D${chance.slice(0, 12)}&c`,
  short: (chance: string) => `S${chance.slice(0, 8)}`,
} as const;
export const TOKEN_SHAPES = ["hex", "base64", "pattern", "address", "short"] as const;

/** Unique texts that are planted, and the search for them, in every way in which a program may write them. */
export class Canaries {
  readonly #forms = new Map<string, readonly Buffer[]>();

  /** A new one, called after where it is put. */
  plant(place: string, shape: keyof typeof SHAPES): string {
    const value = SHAPES[shape](randomBytes(16).toString("hex"));
    this.add(place, value);
    return value;
  }

  /** Looks for a secret that somebody else made, too. */
  add(place: string, value: string): void {
    const escaped = JSON.stringify(value).slice(1, -1);
    const bytes = Buffer.from(value);
    const [base64, hex] = [bytes.toString("base64").replace(/=+$/, ""), bytes.toString("hex")];
    const texts = [value, escaped, JSON.stringify(escaped).slice(1, -1), encodeURIComponent(value), base64, hex];
    this.#forms.set(
      place,
      [...new Set(texts)].map((text) => Buffer.from(text)),
    );
  }

  get places(): string[] {
    return [...this.#forms.keys()];
  }

  /** The places whose secrets are in it. */
  in(bytes: Buffer | string): string[] {
    const haystack = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    return [...this.#forms]
      .filter(([, forms]) => forms.some((form) => haystack.includes(form)))
      .map(([place]) => place);
  }

  /** All files below a folder in which one is, as `file: place, place`. */
  inFiles(folder: string): string[] {
    return filesBelow(folder).flatMap((file) => {
      const found = this.in(readFileSync(file));
      return found.length === 0 ? [] : [`${path.relative(folder, file)}: ${found.join(", ")}`];
    });
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
}
