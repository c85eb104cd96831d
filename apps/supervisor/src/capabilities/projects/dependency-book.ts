import type { SupervisorConfig } from "../../config.ts";
import type { Dependencies } from "./domain/project-graph.ts";
import { dependenciesIn } from "./section.ts";

/** Which project waits for which, as it is configured. */
export class DependencyBook {
  readonly graph: Dependencies;
  readonly #prompts: ReadonlyMap<string, string>;

  constructor(configured: SupervisorConfig["dependencies"]) {
    this.graph = dependenciesIn(configured);
    this.#prompts = new Map(Object.entries(configured).map(([project, { prompt }]) => [project, prompt]));
  }

  /** What the session is told that is started in a project when its turn has come. */
  promptOf(project: string): string {
    return this.#prompts.get(project) ?? "";
  }
}
