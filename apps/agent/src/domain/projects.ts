import type { ProjectReport } from "@hal/protocol";

/** The project that a directory lies in: the one with the longest matching directory. */
export function projectOf(
  projects: readonly Pick<ProjectReport, "name" | "directory">[],
  directory: string,
): string | undefined {
  let best: { readonly name: string; readonly length: number } | undefined;
  for (const project of projects) {
    const base = project.directory.replace(/\/+$/, "");
    const inside = directory === base || directory.startsWith(`${base}/`) || base === "";
    if (inside && (best === undefined || base.length > best.length)) best = { name: project.name, length: base.length };
  }
  return best?.name;
}
