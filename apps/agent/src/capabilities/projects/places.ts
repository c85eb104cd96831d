import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Clock, StartupError } from "@hal/daemon";
import { type DirectoryIds, projectOf, sameProjects } from "./domain/projects.ts";
import type { Worktrees } from "./worktrees.ts";

/** A link may be made anew, and a directory may vanish and come back: so long what was looked up is believed. */
const FRESH_MS = 5_000;

/** Most directories that are remembered. */
const KEPT = 1_000;

const NO_WORKTREES: Pick<Worktrees, "of"> = { of: () => undefined };

interface NamedDirectory {
  readonly name: string;
  readonly directory: string;
}

interface Place {
  readonly real: string;
  /** the directory first, then each one above it */
  readonly chain: readonly DirectoryIds[];
  readonly at: number;
}

/**
 * Knows a directory by what it is and not by how it is spelt: through links, with dots and slashes to spare, in another
 * case where the file system does not mind. opencode answers with real paths, whatever it was asked with.
 */
export class Places {
  readonly #projects: readonly NamedDirectory[];
  readonly #clock: Clock;
  readonly #worktrees: Pick<Worktrees, "of">;
  readonly #seen = new Map<string, Place>();
  /** where the projects were when they were there last */
  readonly #last = new Map<string, Place>();

  constructor(projects: readonly NamedDirectory[], clock: Clock, worktrees: Pick<Worktrees, "of"> = NO_WORKTREES) {
    this.#projects = projects;
    this.#clock = clock;
    this.#worktrees = worktrees;
  }

  /** The one path of a directory that opencode uses, too. One that is not there any more keeps the path that it had. */
  real(directory: string): string {
    const { real, chain } = this.#placeOf(directory);
    const [own = []] = chain;
    // the same directory by another path, such as one in another case, has the project's
    const project = this.#placesOfProjects().find(({ ids }) => ids.some((id) => own.includes(id)));
    return project?.real ?? real;
  }

  /** The project that a directory is or lies in; a worktree is its project's. */
  projectOf(directory: string): string | undefined {
    const worktree = this.#worktrees.of(directory);
    return worktree !== undefined
      ? worktree.project
      : projectOf(this.#placesOfProjects(), this.#placeOf(directory).chain);
  }

  #placesOfProjects() {
    return this.#projects.map(({ name, directory }) => {
      const { real, chain } = this.#placeOf(directory);
      return { name, real, ids: chain[0] ?? [] };
    });
  }

  #placeOf(directory: string): Place {
    const now = this.#clock.monotonic();
    const known = this.#seen.get(directory);
    if (known !== undefined && now - known.at < FRESH_MS) return known;
    if (this.#seen.size >= KEPT) this.#seen.clear();
    const place = look(directory, now) ?? this.#last.get(directory) ?? lookAbove(directory, now);
    this.#seen.set(directory, { ...place, at: now });
    if (this.#projects.some((project) => project.directory === directory)) this.#last.set(directory, place);
    return place;
  }
}

/** Refuses projects of which two are the same directory: nobody could say to which of them a session belongs. */
export function refuseSameDirectory(projects: readonly NamedDirectory[]): void {
  const places = projects.map((project) => ({
    ...project,
    ids: (look(project.directory, 0) ?? lookAbove(project.directory, 0)).chain[0] ?? [],
  }));
  const same = sameProjects(places);
  if (same === undefined) return;
  const [one, other] = same;
  throw new StartupError(
    `projects ${one.name} (${one.directory}) and ${other.name} (${other.directory}) are the same directory; take one of them out of projects`,
  );
}

function look(directory: string, at: number): Place | undefined {
  try {
    return placeAt(realpathSync.native(directory), at);
  } catch {
    return undefined; // it is not there, or a folder above it lets nobody through
  }
}

/** What can be known of the path of a directory that cannot be looked at: where the nearest one above it is. */
function lookAbove(directory: string, at: number): Place {
  const plain = resolve(directory);
  const above = dirname(plain);
  if (above === plain) return placeAt(plain, at);
  const { real } = look(above, at) ?? lookAbove(above, at);
  return placeAt(join(real, basename(plain)), at);
}

function placeAt(real: string, at: number): Place {
  const chain: DirectoryIds[] = [];
  for (let path = real; ; path = dirname(path)) {
    chain.push([`path ${path}`, ...inodeOf(path)]);
    if (path === dirname(path)) return { real, chain, at };
  }
}

function inodeOf(path: string): string[] {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return [`inode ${dev} ${ino}`];
  } catch {
    return [];
  }
}
