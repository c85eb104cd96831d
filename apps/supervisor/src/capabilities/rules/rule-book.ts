import { type StandingRule } from "@hal/protocol";
import { listRules, type RuleRow, type SupervisorStore } from "@hal/store/supervisor";
import type { SupervisorConfig } from "../../config.ts";

/** The standing rules as they are now: those of the configuration, and those that operations set. */
export class RuleBook {
  readonly #store: SupervisorStore;
  readonly #used: () => Pick<SupervisorConfig, "interaction_rules">;
  #set: readonly RuleRow[] = [];

  constructor(store: SupervisorStore, used: () => Pick<SupervisorConfig, "interaction_rules">) {
    this.#store = store;
    this.#used = used;
  }

  /** Looks at the database again, whenever something was changed there. */
  async refresh(): Promise<void> {
    this.#set = await listRules(this.#store);
  }

  get all(): StandingRule[] {
    return [...this.#ofFile(), ...this.#set.map(standing)];
  }

  /** How many the configuration has. */
  get inFile(): number {
    return this.#used().interaction_rules.length;
  }

  #ofFile(): StandingRule[] {
    return this.#used().interaction_rules.map(
      ({ project, permission, pattern, reply, reason }, index): StandingRule => ({
        id: `interaction_rules.${index}`,
        source: "file",
        ...said({ project: project ?? null, pattern: pattern ?? null, reason: reason ?? null }),
        permission,
        reply,
      }),
    );
  }
}

function standing({ id, permission, reply, createdBy, createdAt, ...row }: RuleRow): StandingRule {
  return { id, source: "operation", by: createdBy.slice(0, 128), since: createdAt, ...said(row), permission, reply };
}

function said({ project, pattern, reason }: Pick<RuleRow, "project" | "pattern" | "reason">) {
  return {
    ...(project === null ? {} : { project }),
    ...(pattern === null ? {} : { pattern }),
    ...(reason === null ? {} : { reason }),
  };
}
