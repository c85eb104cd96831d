import { readFileSync } from "node:fs";

/** A frame as it went over the wire. */
export interface Frame {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface RecordedFrame {
  readonly from: "agent" | "supervisor";
  readonly frame: Frame;
}

/** What agent and supervisor of an earlier revision said to each other, and where that was heard. */
export interface RecordedLink {
  readonly origin: { readonly commit: string; readonly recordedAt: string; readonly how: string };
  readonly frames: readonly RecordedFrame[];
}

/** Reads what `recordLink` wrote: a line of JSON for the origin and for each frame. */
export function readRecordedLink(file: string): RecordedLink {
  const [origin, ...frames] = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  return { origin: origin as RecordedLink["origin"], frames: frames as RecordedFrame[] };
}
