import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** One change of one place that breaks a promise, and the tests that have to notice. */
export interface Mutant {
  readonly name: string;
  /** number of the invariant of ARCHITECTURE.md that it breaks */
  readonly invariant: string;
  readonly file: string;
  /** text that the file holds exactly once */
  readonly search: string;
  readonly replace: string;
  /** unit tests of its package and of those that build on it */
  readonly tests: readonly string[];
  /** whether it may end processes of others, so that its tests run where there are none */
  readonly endsProcesses?: true;
  /** why no unit test notices, where that is known and accepted */
  readonly survives?: string;
}

/** What is wrong with a mutant in the tree at `root`: a text that went elsewhere, a test that is gone. */
export function problemsOf(mutant: Mutant, root: string): readonly string[] {
  const { name, file, search, replace, tests } = mutant;
  const at = path.join(root, file);
  if (!existsSync(at)) return [`${name}: there is no ${file}; find where its text went`];
  const count = readFileSync(at, "utf8").split(search).length - 1;
  return [
    ...(count === 1 ? [] : [`${name}: ${file} holds its text ${count} times; write one that is there once`]),
    ...(search === replace ? [`${name}: it changes nothing`] : []),
    ...tests.filter((test) => !existsSync(path.join(root, test))).map((test) => `${name}: there is no ${test}`),
  ];
}
