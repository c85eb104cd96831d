/** What each project depends on, by its name. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

/** A place in the graph at which it goes round. */
export interface Cycle {
  readonly project: string;
  /** the place in what that project depends on */
  readonly index: number;
  /** from a project back to itself */
  readonly around: readonly string[];
}

/** Every place at which a way through the graph comes back to a project that it came from; none where there is an order. Pure. */
export function cyclesIn(dependencies: Dependencies): Cycle[] {
  const cycles: Cycle[] = [];
  const done = new Set<string>();
  for (const root of dependencies.keys()) {
    const way: { readonly project: string; next: number }[] = done.has(root) ? [] : [{ project: root, next: 0 }];
    for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
      const index = at.next;
      const on = dependencies.get(at.project)?.[index];
      at.next += 1;
      if (on === undefined) {
        done.add(at.project);
        way.pop();
        continue;
      }
      const from = way.findIndex(({ project }) => project === on);
      if (from !== -1)
        cycles.push({ project: at.project, index, around: [...way.slice(from).map(({ project }) => project), on] });
      else if (!done.has(on)) way.push({ project: on, next: 0 });
    }
  }
  return cycles;
}

/** The projects that depend on one at first hand, in the order of the graph. Pure. */
export function dependentsOf(dependencies: Dependencies, project: string): string[] {
  return [...dependencies].filter(([, on]) => on.includes(project)).map(([name]) => name);
}

/** How a task stands, and by which event of the log. */
export interface TaskPlace {
  readonly state: "open" | "completed";
  readonly eventId: number;
}

/** A project that another one waits for, and which project was completed after it where that is why. */
export interface Waited {
  readonly project: string;
  readonly overtakenBy: string | undefined;
}

/**
 * What a project waits for: what it depends on and is not completed, or was completed before something that it depends on itself, at
 * whichever hand. Nothing where the project may begin. Pure.
 */
export function waitsFor(dependencies: Dependencies, tasks: ReadonlyMap<string, TaskPlace>, project: string): Waited[] {
  return (dependencies.get(project) ?? []).flatMap((on): Waited[] => {
    const task = tasks.get(on);
    if (task?.state !== "completed") return [{ project: on, overtakenBy: undefined }];
    const overtakenBy = [...allBelow(dependencies, on)].find((below) => {
      const other = tasks.get(below);
      return other?.state === "completed" && other.eventId > task.eventId;
    });
    return overtakenBy === undefined ? [] : [{ project: on, overtakenBy }];
  });
}

/** All that a project depends on, at whichever hand. */
function allBelow(dependencies: Dependencies, project: string): Set<string> {
  const found = new Set<string>();
  const open = [...(dependencies.get(project) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next) || next === project) continue;
    found.add(next);
    open.push(...(dependencies.get(next) ?? []));
  }
  return found;
}
