import { type FleetProjectView, HalError } from "@hal/protocol";
import { fleetProject } from "../projects/fleet-projects.ts";
import { type KnownProject, resolveProject } from "../references/resolve-project.ts";
import type { Context } from "./context.ts";

/** A project that is asked for and has no session that runs; `place` where it is on one node, or the one that is named. */
export async function idleProject(
  context: Context,
  ref: string,
): Promise<{ readonly view: FleetProjectView; readonly place: KnownProject | undefined } | undefined> {
  const slash = ref.lastIndexOf("/");
  const view = await unlessNotFound(fleetProject(context, ref.slice(slash + 1)));
  const place = await unlessNotFound(placeOf(context, ref));
  return view === undefined || (slash !== -1 && place === undefined) ? undefined : { view, place };
}

/** Undefined where several nodes have it: then it is asked for wherever it is. */
async function placeOf(context: Context, ref: string): Promise<KnownProject | undefined> {
  try {
    return await resolveProject(context, ref, undefined);
  } catch (error) {
    if (error instanceof HalError && error.code === "ambiguous") return undefined;
    throw error;
  }
}

/** What is asked for, or undefined where there is no such thing. */
export async function unlessNotFound<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof HalError && error.code === "not_found") return undefined;
    throw error;
  }
}
