/**
 * One message, as every channel can show it. All of it is plain text: a channel escapes what would be mark-up or would call
 * somebody, and cuts what is too long for it.
 */
export interface Message {
  /** says by itself what matters, in one line */
  readonly title: string;
  readonly tone: Tone;
  /** a few sentences; lines are kept */
  readonly text?: string;
  /** shown as it is, in a fixed-width font; of what is too long the beginning is left out */
  readonly code?: string;
  readonly fields?: readonly Field[];
  /** small print */
  readonly footer?: string;
  /** of what time it speaks, in milliseconds since 1970 */
  readonly at?: number;
  /** in rows, in this order */
  readonly buttons?: readonly Button[];
  /** who is called by it; nobody without it, whatever the text says */
  readonly ping?: Ping;
}

/** How good or bad it is what a message says; never shown by colour alone. */
export type Tone = "good" | "warn" | "bad" | "neutral";

/** A fact with its name. */
export interface Field {
  readonly name: string;
  readonly value: string;
  /** stands beside others */
  readonly isShort?: boolean;
}

/** Something to press. One that opens an address reports nothing. */
export type Button = {
  readonly label: string;
} & (
  | {
      /** comes back when it is pressed: 1 to 100 characters, and once in a message */
      readonly id: string;
      readonly style?: "main" | "plain" | "danger";
      readonly isDisabled?: boolean;
    }
  | { readonly url: string }
);

/** Somebody who is called, by the platform's own id. */
export interface Ping {
  readonly kind: "user" | "role";
  readonly id: string;
}
