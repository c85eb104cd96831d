import * as v from "valibot";
import { Label, lenient, list, Path, Size, Text, Timestamp, Word } from "../bounds.ts";

/** The trace that something belongs to, as W3C writes it; whoever cannot read it begins another one. Protocol §12. */
export const Traceparent = v.pipe(v.string(), v.maxLength(128));

/**
 * Why opencode fails at a project although its directory is fine: what its sessions do is not known. Where `sessions` is
 * there, it concerns those alone, which are in a directory below it.
 */
export const ProjectProblem = v.object({
  reason: Text,
  since: Timestamp,
  sessions: v.optional(list(Word, 1_000)),
});

/** Of which branch of which remote repository a directory's files are; without what opens that (protocol §5.20). */
export const ProjectGit = v.object({ remote: Text, branch: Text });

/** A directory that a node offers for work. */
export const ProjectReport = v.object({
  name: Label,
  directory: v.fallback(Path, "(not readable)"),
  state: v.fallback(v.picklist(["ready", "missing", "inaccessible"]), "inaccessible"),
  reason: lenient(Text),
  problem: lenient(ProjectProblem),
  git: lenient(ProjectGit),
  /** whether what runs in it goes on where a budget stops what runs; absent where it does not (protocol §5.23) */
  critical: lenient(v.boolean()),
});
export type ProjectReport = v.InferOutput<typeof ProjectReport>;

/** A login with which opencode asks a provider instead of a key, such as that of a subscription; `account` is a fingerprint of whose it is. */
export const LoginReport = v.object({ provider: Word, account: lenient(Word) });
export type LoginReport = v.InferOutput<typeof LoginReport>;

/** The opencode server of a node: what it is doing and, where it is not `up`, why. */
export const OpencodeReport = v.object({
  state: v.picklist(["starting", "up", "down", "missing"]),
  version: lenient(Word),
  /** false where the version lies outside the range that this agent was tested with */
  tested: lenient(v.boolean()),
  reason: lenient(Text),
  /** 0 where that is not known */
  since: v.fallback(Timestamp, 0),
  rssBytes: lenient(Size),
  /** absent where there are none */
  logins: lenient(list(LoginReport, 50)),
});
export type OpencodeReport = v.InferOutput<typeof OpencodeReport>;

/** The machine's load: cpu in percent of all cores, memory and disk in bytes. */
export const ResourceReport = v.object({
  cpuPercent: Size,
  memoryUsedBytes: Size,
  memoryTotalBytes: Size,
  diskFreeBytes: lenient(Size),
  diskTotalBytes: lenient(Size),
});
export type ResourceReport = v.InferOutput<typeof ResourceReport>;
