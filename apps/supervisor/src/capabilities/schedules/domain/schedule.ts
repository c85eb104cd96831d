import type { MissedPolicy } from "@hal/protocol";
import type { CronRule } from "./cron-times.ts";

/** A schedule, wherever it is from. */
export interface Schedule extends CronRule {
  readonly name: string;
  readonly project: string;
  readonly node: string | null;
  readonly prompt: string;
  readonly model: string | null;
  readonly agent: string | null;
  readonly missed: MissedPolicy;
  /** a command line that has to end well on the node, and how long it may take */
  readonly precondition: string | null;
  readonly preconditionMs: number;
  /** its path in the configuration, or who added it and when */
  readonly source:
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "operation"; readonly by: string; readonly since: number };
  /** why it is never due, where what is stored of it is not valid, or the configuration has another one of its name */
  readonly problem?: string | undefined;
}

/** By which times it goes; another rule begins anew. */
export function ruleOf({ cron, timeZone }: CronRule): string {
  return `${cron} ${timeZone}`;
}
