const PER_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MOST = 10_000;

/** How often a route tells at most. */
export interface RouteLimit {
  readonly most: number;
  readonly perMs: number;
}

export type ParsedLimit =
  | { readonly kind: "limit"; readonly limit: RouteLimit }
  | { readonly kind: "problem"; readonly message: string };

/** Reads how often, such as `3/h`. */
export function parseLimit(text: string): ParsedLimit {
  const match = /^(\d{1,5})\/([mhd])$/.exec(text.trim());
  const most = Number(match?.[1]);
  const unit = match?.[2] as keyof typeof PER_MS | undefined;
  if (unit === undefined || most < 1 || most > MOST)
    return {
      kind: "problem",
      message: `is no limit; write how often in a minute, an hour or a day: 10/m, 3/h, 20/d (1 to ${MOST})`,
    };
  return { kind: "limit", limit: { most, perMs: PER_MS[unit] } };
}
