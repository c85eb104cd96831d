import { basename, resolve } from "node:path";

/** Projects for directories as they were typed, each once, named after itself, and numbered where two have the same name. */
export function nameProjects(typed: readonly string[], cwd: string): { name: string; directory: string }[] {
  const projects: { name: string; directory: string }[] = [];
  for (const directory of new Set(typed.map((one) => resolve(cwd, one)))) {
    const wanted = basename(directory).replaceAll(/\s+/g, "-") || "root";
    let name = wanted;
    for (let n = 2; projects.some((other) => other.name === name); n += 1) name = `${wanted}-${n}`;
    projects.push({ name, directory });
  }
  return projects;
}
