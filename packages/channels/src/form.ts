/** Asks somebody for something, in a window of its own. All of it is plain text; a channel cuts what is too long for it. */
export interface Form {
  /** comes back with what was filled in: 1 to 100 characters */
  readonly id: string;
  /** 24 characters are shown everywhere */
  readonly title: string;
  /** what it is about, above the inputs */
  readonly text?: string;
  /** 1 to 5 */
  readonly inputs: readonly FormInput[];
  /** on the button that sends it off */
  readonly submit?: string;
}

/** Something to fill in. */
export type FormInput = {
  /** once in a form: 1 to 100 characters */
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly isOptional?: boolean;
} & (
  | {
      readonly kind: "text";
      /** of several lines */
      readonly isLong?: boolean;
      /** what stands there already */
      readonly value?: string;
      readonly mostLength?: number;
    }
  | {
      readonly kind: "choice";
      /** 1 to 25 */
      readonly options: readonly FormOption[];
      /** several may be chosen */
      readonly isSeveral?: boolean;
    }
);

/** Something to choose. */
export interface FormOption {
  /** once in an input: 1 to 100 characters */
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
}
