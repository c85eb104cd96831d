import type { InteractionView } from "@hal/protocol";

type Asked = Pick<InteractionView, "permission" | "always" | "project">;

/** What an `always` allows from then on, and for how long: it lives in opencode, which keeps it for a directory. */
export function alwaysText({ permission, always, project }: Asked): string {
  if (always.length === 0) return "allows nothing beyond this once: opencode names no pattern for it";
  const what = always.map((pattern) => `${permission ?? "it"} ${pattern}`).join(", ");
  return `allows ${what} in every session of the directory of ${project}, until its opencode restarts, and whatever this session asks already that fits`;
}
