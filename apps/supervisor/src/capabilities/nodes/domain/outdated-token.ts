/** A shared token that an agent has although it was replaced. */
export interface OutdatedToken {
  readonly fingerprint: string;
  /** whether it is accepted as the previous one */
  readonly isAccepted: boolean;
  /** why the agent is not given the new one */
  readonly hindrance: string | undefined;
}
