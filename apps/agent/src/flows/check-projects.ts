import { accessSync, constants, statSync } from "node:fs";
import type { ProjectReport } from "@hal/protocol";

/** The state of each project's directory as this process may use it: a state with a reason, never a crash. */
export function checkProjects(
  projects: readonly { readonly name: string; readonly directory: string }[],
): ProjectReport[] {
  return projects.map(({ name, directory }) => ({ name, directory, ...checkDirectory(directory) }));
}

function checkDirectory(directory: string): Pick<ProjectReport, "state" | "reason"> {
  try {
    if (!statSync(directory).isDirectory()) return { state: "inaccessible", reason: `${directory} is not a directory` };
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return { state: "ready" };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { state: "missing", reason: `${directory} does not exist` };
    return {
      state: "inaccessible",
      reason: `no access to ${directory} (${code ?? "?"}); grant it: sudo setfacl -R -m u:hal-agent:rwX ${directory}`,
    };
  }
}
