/** What is known of a budget in its span. */
export interface StandingFacts {
  /** null where it is lifted */
  readonly limitMicroUsd: number | null;
  readonly spentMicroUsd: number;
  /** what nodes may spend beyond that, or have and nobody heard of it yet; Infinity where that is not known */
  readonly liabilityMicroUsd: number;
  readonly warnAt: readonly number[];
}

/** How a budget stands. */
export interface Standing {
  readonly spentMicroUsd: number;
  readonly liabilityMicroUsd: number;
  /** what nobody may spend yet; undefined where there is no limit */
  readonly freeMicroUsd: number | undefined;
  /** of the limit; undefined where there is none */
  readonly share: number | undefined;
  /** the shares that it has come to, the smallest first */
  readonly warned: readonly number[];
  /** whether all of it is spent */
  readonly isReached: boolean;
}

/** How a budget stands: a limit of nothing is reached at once. Pure. */
export function standingOf({ limitMicroUsd, spentMicroUsd, liabilityMicroUsd, warnAt }: StandingFacts): Standing {
  if (limitMicroUsd === null)
    return {
      spentMicroUsd,
      liabilityMicroUsd,
      freeMicroUsd: undefined,
      share: undefined,
      warned: [],
      isReached: false,
    };
  const share = limitMicroUsd === 0 ? 1 : spentMicroUsd / limitMicroUsd;
  return {
    spentMicroUsd,
    liabilityMicroUsd,
    freeMicroUsd: Math.max(0, limitMicroUsd - spentMicroUsd - liabilityMicroUsd),
    share,
    warned: warnAt.filter((at) => share >= at),
    isReached: spentMicroUsd >= limitMicroUsd,
  };
}
