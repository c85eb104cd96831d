import { HalError } from "@hal/protocol";

const LISTS = {
  session: "halctl sessions list",
  node: "halctl nodes list",
  schedule: "halctl schedules list",
  command: "halctl commands list",
  arrival: "halctl incoming list",
  any: "halctl sessions list, halctl nodes list, halctl schedules list",
} as const;

/** Nothing is called so, and where there is a list of what is. */
export function nothingCalled(ref: string, kind: Exclude<keyof typeof LISTS, "any"> | undefined): HalError {
  const what = kind ?? "session, node, project, schedule, command or arrival";
  return new HalError("not_found", `no ${what} is called ${ref}; see: ${LISTS[kind ?? "any"]}`);
}
