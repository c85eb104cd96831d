import type { CostReport } from "@hal/protocol";

/** What stands beside the ledger's own figures. */
export type Beside = Pick<CostReport, "providers" | "degraded_providers" | "bills"> & {
  /** where the figures come from, in one line */
  readonly source: string;
};

/** Moments of a report: from one to another, in milliseconds since 1970. */
export interface BesideSpan {
  readonly from: number;
  readonly to: number;
}

const NOBODY: Beside = {
  providers: [],
  degraded_providers: [],
  bills: [],
  source: "no cost provider is configured: these are opencode's own figures",
};

/** What providers bill, as the capability above the ledger says it; nothing where there is none. */
export class CostBeside {
  #say: (span: BesideSpan) => Beside = () => NOBODY;

  sayBy(say: (span: BesideSpan) => Beside): void {
    this.#say = say;
  }

  of(span: BesideSpan): Beside {
    return this.#say(span);
  }
}
