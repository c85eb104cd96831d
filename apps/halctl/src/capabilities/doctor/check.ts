/** Clocks that are further apart make times on the screen misleading, a token's expiry wrong. */
export const SKEW_MS = 5_000;

/** One thing that was looked at; a problem has a fix. */
export interface Check {
  readonly name: string;
  readonly level: "ok" | "note" | "problem";
  readonly text: string;
  readonly fix: string | null;
}

export function ok(name: string, text: string): Check {
  return { name, level: "ok", text, fix: null };
}

export function note(name: string, text: string, fix: string | null = null): Check {
  return { name, level: "note", text, fix };
}

export function problem(name: string, text: string, fix: string): Check {
  return { name, level: "problem", text, fix };
}
