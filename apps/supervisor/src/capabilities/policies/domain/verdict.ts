import type { OwnState } from "./policy-state.ts";

/** What is done to a session: it is told to go on, or begun anew, after it wrote down where it stands or without that. */
export type Doing =
  | { readonly kind: "prompt"; readonly text: string }
  | {
      readonly kind: "restart";
      readonly handover: boolean;
      /** what the new one is told in place of going on */
      readonly prompt?: string;
    };

/** What one policy comes to at a look. */
export type Verdict =
  /** there is nothing to wait for but an event */
  | { readonly kind: "rests" }
  /** it may act then, if nothing changes; `text` says at what it is */
  | { readonly kind: "later"; readonly at: number; readonly text: string }
  | { readonly kind: "blocked"; readonly code: string; readonly text: string; readonly again: number | null }
  | { readonly kind: "acts"; readonly doing: Doing; readonly reason: string; readonly most: number }
  | { readonly kind: "gives_up"; readonly reason: string; readonly again: number }
  | { readonly kind: "alerts"; readonly reason: string; readonly of: number };

/** What it comes to, and what it remembers from then on. */
export interface Judged {
  readonly own: OwnState;
  readonly verdict: Verdict;
}
