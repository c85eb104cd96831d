/** Something that must not be. */
export interface Problem {
  readonly kind: ProblemKind;
  readonly text: string;
}

/**
 * What can be wrong: `done twice` in opencode, a `false state` on the screen, an `outcome` that is not so, a `life` of the
 * log that comes back, a fleet that finds no `unrest` to end, something that is `broken` altogether.
 */
export type ProblemKind =
  | "lost"
  | "doubled"
  | "done twice"
  | "false state"
  | "contradiction"
  | "order"
  | "outcome"
  | "life"
  | "command"
  | "unrest"
  | "broken";
