/** What was said of a budget in its span. */
export interface Mark {
  readonly spanFrom: number;
  /** thousandths of the limit */
  readonly warned: number;
  readonly reached: boolean;
  readonly times: number;
}

/** What is to be said of it; `key` makes saying it twice harmless. */
export type Say =
  | { readonly type: "budget.warned"; readonly share: number; readonly key: string }
  | { readonly type: "budget.reached"; readonly key: string }
  | { readonly type: "budget.reopened"; readonly reason: string; readonly key: string };

/** How a budget stands now. */
export interface Seen {
  readonly from: number;
  /** the greatest share to warn of that it has come to; 0 where none */
  readonly share: number;
  readonly isReached: boolean;
}

/**
 * What is to be said of a budget, and what is known to be said then; undefined where nothing changes. Each share is warned of once
 * in a span. A clock that was put back begins no span again. Pure.
 */
export function judgeMark(before: Mark | undefined, { from, share, isReached }: Seen) {
  if (before !== undefined && from < before.spanFrom) return undefined;
  const isNew = before?.spanFrom !== from;
  const mark = isNew ? { spanFrom: from, warned: 0, reached: false, times: 0 } : before;
  const perMille = Math.round(share * 1000);
  const says: Say[] = [];
  if (isNew && before?.reached === true && !isReached)
    says.push({ type: "budget.reopened", reason: "it begins anew", key: "anew" });
  if (perMille > mark.warned && !isReached) says.push({ type: "budget.warned", share, key: String(perMille) });
  const times = mark.times + (isReached && !mark.reached ? 1 : 0);
  if (isReached && !mark.reached) says.push({ type: "budget.reached", key: String(times) });
  if (!isReached && mark.reached)
    says.push({ type: "budget.reopened", reason: "more may be spent", key: String(times) });
  const next = { spanFrom: from, warned: Math.max(mark.warned, perMille), reached: isReached, times };
  const isSame = before !== undefined && JSON.stringify(next) === JSON.stringify(plain(before));
  // what was never said anything of needs no row
  const isEmpty = before === undefined && next.warned === 0 && !next.reached;
  return isSame || isEmpty ? undefined : { mark: next, says };
}

function plain({ spanFrom, warned, reached, times }: Mark): Mark {
  return { spanFrom, warned, reached, times };
}
