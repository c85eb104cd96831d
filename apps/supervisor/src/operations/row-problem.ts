/** Why a row is not shown as it is stored, where it is not. */
export function problemOf({ problem }: { readonly problem?: string }): { readonly problem?: string } {
  return problem === undefined ? {} : { problem };
}

/** Whoever reads the reason alone sees it, too. */
export function withProblem({ problem }: { readonly problem?: string }, reason: string): string {
  return problem === undefined ? reason : `${reason}; ${problem}`;
}
