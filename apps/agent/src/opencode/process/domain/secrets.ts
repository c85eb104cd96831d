import { flattened } from "@hal/protocol";

/** Names under which a variable or a setting holds a secret. */
const SECRET_NAME =
  /key|token|secret|passw|passphrase|credential|authorization|cookie|(?:^|_)(?:auth|pat|pwd|dsn)(?:_|$)/i;

/** Sections of opencode's configuration whose values are handed to somebody else as they are. */
const SECRET_SECTION = /^(?:headers|environment)$/i;

/** What is shorter, or only a few words, such as `not-needed`, is too common to be known again in a text. */
const LEAST_CHARS = 8;
const FEW_WORDS = /^[a-z_ -]{0,19}$/;

/** A secret, and where it is written, which is what is shown instead of it. */
interface Secret {
  readonly place: string;
  readonly value: string;
}

/** The secrets of this node: none of them is told, whoever says it, such as a provider that quotes the key which it refuses. */
export class Secrets {
  /** longest first: one may be a part of another */
  readonly #forms: readonly { readonly form: string; readonly mark: string }[];

  constructor(secrets: readonly Secret[]) {
    this.#forms = secrets
      .filter(({ value }) => value.length >= LEAST_CHARS && !FEW_WORDS.test(value))
      .flatMap(({ place, value }) => formsOf(value).map((form) => ({ form, mark: `(secret ${place})` })))
      .toSorted((a, b) => b.form.length - a.form.length);
  }

  /** The text with the names of secrets in the place of them. */
  hide(text: string): string {
    let hidden = text;
    for (const { form, mark } of this.#forms) if (hidden.includes(form)) hidden = hidden.replaceAll(form, () => mark);
    return hidden;
  }

  /** What a text of JSON says, with the names of secrets in the place of them, and nowhere nested too deeply. Throws where it is no JSON. */
  parse(json: string): unknown {
    const holdsOne = this.#forms.some(({ form }) => json.includes(form));
    const value = flattened(JSON.parse(json));
    return holdsOne ? JSON.parse(JSON.stringify(value), (_, inner: unknown) => this.#hideIn(inner)) : value;
  }

  #hideIn(value: unknown): unknown {
    return typeof value === "string" ? this.hide(value) : value;
  }
}

/** What a configuration and the logins of opencode hold of secrets. */
export function secretsIn(found: {
  /** tokens and the like of the agent */
  readonly own: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly config: unknown;
  /** opencode's auth.json */
  readonly logins: unknown;
}): Secret[] {
  const variables = Object.entries(found.env).flatMap(([name, value]) =>
    SECRET_NAME.test(name) ? [{ place: `opencode.env.${name}`, value }] : passwordIn(value, `opencode.env.${name}`),
  );
  return [
    ...found.own.map((value) => ({ place: "of the agent", value })),
    ...variables,
    ...walk(found.config, "opencode.config", false),
    ...walk(found.logins, "auth.json", true),
  ];
}

function walk(value: unknown, place: string, isSecret: boolean): Secret[] {
  if (typeof value === "string") return isSecret ? [{ place, value }] : passwordIn(value, place);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const isPlain = /^(?:type|enterpriseUrl|accountId)$/.test(name);
    const isInner = !isPlain && (isSecret || SECRET_SECTION.test(name) || isSecretText(name, inner));
    return walk(inner, `${place}.${name}`, isInner);
  });
}

/** A section whose name sounds like one, such as `tokens`, may hold limits. */
function isSecretText(name: string, value: unknown): boolean {
  return typeof value === "string" && SECRET_NAME.test(name);
}

/** Of an address of a proxy or a database only the password is one. */
function passwordIn(text: string, place: string): Secret[] {
  const password = URL.canParse(text) ? new URL(text).password : "";
  return password === "" ? [] : [{ place, value: decoded(password) }];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** As it is, and as it is written in JSON, in JSON within JSON, in an address and in a header. */
function formsOf(secret: string): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const twice = JSON.stringify(escaped).slice(1, -1);
  return [...new Set([secret, escaped, twice, addressForm(secret), base64(secret)])];
}

function addressForm(secret: string): string {
  try {
    return encodeURIComponent(secret);
  } catch {
    return secret; // half a character cannot be in an address
  }
}

function base64(secret: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(secret)));
}
