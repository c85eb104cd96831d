import type { BillAccess, BillProblem } from "../capabilities/bills/bill-source.ts";

/** So long one request takes at most. */
const TIMEOUT_MS = 30_000;
/** So much one answer has at most. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_RETRY_MS = 24 * 3_600_000;

/** How providers are asked. */
export interface Asking {
  readonly userAgent: string;
  readonly now: () => number;
  /** how long one request takes at most, where that is not the standard */
  readonly timeoutMs?: number | undefined;
}

/** One question to a provider. */
export interface Question {
  readonly access: BillAccess;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** which setting has its key */
  readonly setting: string;
}

/** What came: JSON, or why it did not. */
export type JsonAnswer =
  | { readonly kind: "json"; readonly value: unknown; readonly text: string }
  | { readonly kind: "problem"; readonly problem: BillProblem };

/** Asks once. What is thrown by the network is said by its code alone: an error may quote what was sent. */
export async function askJson(
  { userAgent, now, timeoutMs = TIMEOUT_MS }: Asking,
  { access, url, headers, setting }: Question,
  signal: AbortSignal,
): Promise<JsonAnswer> {
  if (!/^[\x21-\x7e]+$/.test(access.key))
    return problem("unauthorized", `its key has characters that no key has: write ${setting} anew`);
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json", "user-agent": userAgent, ...headers },
      // a key goes nowhere else
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return { kind: "problem", problem: refusalOf(response, { setting, now: now(), access }) };
    }
    const text = await readBounded(response);
    if (text === undefined) return problem("unreadable", `its answer is longer than ${MOST_BYTES / 1024 / 1024} MB`);
    return parsed(text);
  } catch (error) {
    if (signal.aborted) throw error;
    if (timeout.aborted) return problem("timed_out", `it did not answer within ${timeoutMs / 1_000} s`);
    const code = codeOf(error);
    return problem("unreachable", `it cannot be reached${code === undefined ? "" : ` (${code})`}`);
  }
}

function problem(code: BillProblem["code"], reason: string): JsonAnswer {
  return { kind: "problem", problem: { code, reason } };
}

function parsed(text: string): JsonAnswer {
  try {
    return { kind: "json", value: JSON.parse(text), text };
  } catch {
    return problem("unreadable", "it answered with something that is no JSON");
  }
}

/** The text of an answer; undefined where it is too long. */
async function readBounded({ body }: Response): Promise<string | undefined> {
  if (body === null) return "";
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** What a status means, in our words: a provider's own may quote the key. */
function refusalOf(
  { status, headers }: Response,
  { setting, now, access }: { readonly setting: string; readonly now: number; readonly access: BillAccess },
): BillProblem {
  const retryAfterMs = retryAfterOf(headers.get("retry-after"), now);
  if (status === 401)
    return { code: "unauthorized", reason: `it refuses its key (401): put a valid one into ${setting}` };
  if (status === 403)
    return {
      code: "forbidden",
      reason: `it does not let this key see its bills (403): put one that may into ${setting}`,
    };
  if (status === 404)
    return {
      code: "not_found",
      reason:
        access.baseUrl === undefined
          ? "it does not know the report that it is asked for (404)"
          : `nothing is there (404): look at cost.providers.${access.provider}.base_url`,
    };
  if (status === 429) return { code: "rate_limited", reason: "it was asked too often (429)", retryAfterMs };
  if (status >= 500)
    return {
      code: "unavailable",
      reason: status === 529 ? "it is overloaded (529)" : `it failed (${status})`,
      retryAfterMs,
    };
  if (status >= 300 && status < 400)
    return { code: "refused", reason: `it sends elsewhere (${status}), and its key goes nowhere else` };
  return { code: "refused", reason: `it refuses what it was asked (${status})` };
}

/** Seconds, or a date. */
function retryAfterOf(text: string | null, now: number): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MOST_RETRY_MS);
}

/** Such as `ECONNREFUSED`. */
function codeOf(error: unknown): string | undefined {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth += 1) {
    const inner: unknown = one instanceof AggregateError ? one.errors[0] : one;
    const { code } = inner as { readonly code?: unknown };
    if (typeof code === "string" && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return code;
  }
  return undefined;
}
