import type { Verbosity } from "@hal/protocol";
import type { SupervisorConfig } from "../../config.ts";
import type { QuietHours } from "../policies/domain/policy-settings.ts";
import type { ChatKind } from "./channel-book.ts";

/** How much a channel for people is told, and when. */
export interface Volume {
  readonly verbosity: Verbosity;
  readonly hours: QuietHours | undefined;
  /** when its daily digest is sent; undefined where it has none */
  readonly daily: { readonly at: string; readonly timeZone: string } | undefined;
}

type Used = Pick<SupervisorConfig, "channels" | "policies">;

/** Days are those of UTC, as costs are added up, where nobody says by which clock. */
const NO_ZONE = "UTC";

/** The same of one kind of channel; undefined where nobody is told there. What is nearer counts. */
export function volumeOfKind({ channels, policies }: Used, kind: ChatKind): Volume | undefined {
  const section = channels[kind];
  if (section === undefined) return undefined;
  const hours = section.quiet_hours ?? policies.quiet_hours;
  const { verbosity, digest_at: at } = section;
  return {
    verbosity,
    hours,
    daily: at === undefined ? undefined : { at, timeZone: hours?.time_zone ?? NO_ZONE },
  };
}

/** The same of a target; undefined of one for programs, which are told each thing as it is, at once. */
export function volumeOf(used: Used, target: string): Volume | undefined {
  const kind = target.slice(0, target.indexOf("#"));
  return kind === "discord" || kind === "slack" ? volumeOfKind(used, kind) : undefined;
}
