/** How much room there is and what time it is. */
export interface Look {
  readonly wide: boolean;
  readonly now: number;
  /** undefined where nothing needs to be cut */
  readonly columns: number | undefined;
}
