import * as v from "valibot";
import { Timestamp } from "../ids.ts";

/** The trace that something belongs to, as W3C writes it; whoever cannot read it begins another one. Protocol §12. */
export const Traceparent = v.pipe(v.string(), v.maxLength(128));

/** A directory that a node offers for work. */
export const ProjectReport = v.object({
  name: v.string(),
  directory: v.string(),
  state: v.picklist(["ready", "missing", "inaccessible"]),
  reason: v.optional(v.string()),
});
export type ProjectReport = v.InferOutput<typeof ProjectReport>;

/** The opencode server of a node: what it is doing and, where it is not `up`, why. */
export const OpencodeReport = v.object({
  state: v.picklist(["starting", "up", "down", "missing"]),
  version: v.optional(v.string()),
  /** false where the version lies outside the range that this agent was tested with */
  tested: v.optional(v.boolean()),
  reason: v.optional(v.string()),
  since: Timestamp,
  rssBytes: v.optional(v.number()),
});
export type OpencodeReport = v.InferOutput<typeof OpencodeReport>;

/** The machine's load: cpu in percent of all cores, memory and disk in bytes. */
export const ResourceReport = v.object({
  cpuPercent: v.number(),
  memoryUsedBytes: v.number(),
  memoryTotalBytes: v.number(),
  diskFreeBytes: v.optional(v.number()),
  diskTotalBytes: v.optional(v.number()),
});
export type ResourceReport = v.InferOutput<typeof ResourceReport>;
