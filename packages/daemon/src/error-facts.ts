/** What may be shown of something that was thrown: where it came from and what went wrong, never the values it was about. */
export interface ErrorFacts {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  /** the message and the frames, of the causes, too */
  readonly stack: string;
  readonly cause?: ErrorFacts;
}

const MOST_CHARS = 1_000;
const MOST_CAUSES = 8;

/**
 * Reads type, message, code, frames and causes of an error, and nothing else that hangs on it: libraries put the rows,
 * the input or the packet there that they failed with.
 */
export function errorFacts(error: unknown, causesLeft = MOST_CAUSES): ErrorFacts {
  if (!(error instanceof Error)) {
    const message = `something was thrown that is no error (${error === null ? "null" : typeof error})`;
    return { type: "none", message, stack: message };
  }
  const type = wordOf(error.name) ?? "Error";
  const message = errorText(error);
  const code = wordOf((error as { readonly code?: unknown }).code);
  const own = `${type}: ${message}${framesOf(error)}`;
  const cause = causesLeft > 0 ? causeOf(error) : undefined;
  if (cause === undefined) return { type, message, ...(code && { code }), stack: own };
  const facts = errorFacts(cause, causesLeft - 1);
  return { type, message, ...(code && { code }), stack: `${own}\ncaused by ${facts.stack}`, cause: facts };
}

/** The message of an error without the values that some libraries quote in theirs. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return errorFacts(error).message;
  return withoutQuotes(error).slice(0, MOST_CHARS);
}

function withoutQuotes(error: Error): string {
  const { message, name, code } = error as Error & { readonly code?: unknown };
  const { issues, query, params } = error as { issues?: unknown; query?: unknown; params?: unknown };
  if (Array.isArray(issues)) return "a value does not fit its schema";
  if (typeof query === "string" && params !== undefined) return `failed query: ${query}`;
  // of JSON and of regular expressions it quotes the text
  if (error instanceof SyntaxError || name === "SyntaxError") return "a text cannot be parsed";
  if (typeof code === "string" && code.startsWith("ERR_"))
    return message.split(/[.,;:]?\s+Received\s/i, 1)[0] as string;
  return message;
}

function causeOf(error: Error): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors[0] as unknown;
  return error.cause;
}

/** Only the lines that V8 writes: a message may have any number of lines of its own. */
function framesOf({ stack, message }: Error): string {
  const frames = (stack ?? "").replace(message, "").split("\n");
  return frames
    .filter((line) => /^ {4}at \S.*[:(\w]\d+\)?$|^ {4}at .*\((?:<anonymous>|native)\)$/.test(line))
    .map((line) => `\n${line}`)
    .join("");
}

/** Names and codes are words; what is not is none of either. */
function wordOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[\w.-]{1,60}$/.test(value) ? value : undefined;
}
