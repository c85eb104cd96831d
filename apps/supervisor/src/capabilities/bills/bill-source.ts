import type { BilledProvider } from "@hal/protocol";
import type { ReadReport } from "@hal/store/supervisor";

/** With what a provider is asked, and where. */
export interface BillAccess {
  readonly provider: BilledProvider;
  readonly key: string;
  /** without a final slash; the provider's own where nobody says another */
  readonly baseUrl: string | undefined;
}

/** Days since 1970 in UTC that are asked for; both are part of it. */
export interface AskedDays {
  readonly from: number;
  readonly to: number;
}

export const PROBLEMS = [
  "unauthorized",
  "forbidden",
  "not_found",
  "rate_limited",
  "unavailable",
  "unreachable",
  "timed_out",
  "unreadable",
  "refused",
] as const;

/** Why a provider did not tell what it was asked. */
export interface BillProblem {
  readonly code: (typeof PROBLEMS)[number];
  /** for people: what is wrong, and what to do */
  readonly reason: string;
  /** it wants to be left alone for so long */
  readonly retryAfterMs?: number | undefined;
}

/** What a provider answered. Each report that is there was read to its end, whether or not something else failed. */
export interface BillAnswer {
  readonly reports: readonly ReadReport[];
  /** what came that is about no day, by its name */
  readonly raws: Readonly<Record<string, string>>;
  readonly problem?: BillProblem | undefined;
  /** what it does not tell with this key */
  readonly note?: string | undefined;
}

/** Asks a provider for its reports of some days. It throws where it is aborted, and for nothing that a provider does. */
export type AskForBills = (access: BillAccess, days: AskedDays, signal: AbortSignal) => Promise<BillAnswer>;
