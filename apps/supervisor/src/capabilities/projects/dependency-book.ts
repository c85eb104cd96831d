import { entryOf } from "@hal/protocol/text";
import type { SupervisorConfig } from "../../config.ts";
import type { Dependencies } from "./domain/project-graph.ts";
import { dependenciesIn } from "./section.ts";

type Configured = SupervisorConfig["dependencies"];

/** Which project waits for which, as it is configured now. */
export class DependencyBook {
  readonly #used: () => SupervisorConfig;
  #known: { readonly configured: Configured; readonly graph: Dependencies } | undefined;

  constructor(used: () => SupervisorConfig) {
    this.#used = used;
  }

  get graph(): Dependencies {
    const configured = this.#used().dependencies;
    if (this.#known?.configured !== configured) this.#known = { configured, graph: dependenciesIn(configured) };
    return this.#known.graph;
  }

  /** What the session is told that is started in a project when its turn has come. */
  promptOf(project: string): string {
    return entryOf(this.#used().dependencies, project)?.prompt ?? "";
  }
}
