import type { StandingRule } from "@hal/protocol";
import type { Logger } from "@hal/daemon";
import { type AgentStore, keepRules, keptRules } from "@hal/store/agent";
import { KeptBriefing } from "../../kept-briefing.ts";
import { type Judged, judgeRequest, type Verdict } from "./domain/judge-request.ts";

/** The rules by which this node answers requests for permission, whether its supervisor is there or not. */
export class StandingRules extends KeptBriefing<StandingRule> {
  constructor(store: AgentStore, log: Logger) {
    super({
      read: () => keptRules(store),
      write: (all) => keepRules(store, all),
      log,
      say: {
        shown: (all) => ({ rules: all.length }),
        changed: "the standing rules have changed",
        unsaved: "standing rules count, but could not be kept; they are said again at the next connection",
        tooOld: "this supervisor is too old to have standing rules; they are kept, and do not count meanwhile",
      },
    });
  }

  /** What they answer; undefined where it is for a person. */
  judge(asked: Judged): Verdict | undefined {
    return judgeRequest(this.counting, asked);
  }
}
