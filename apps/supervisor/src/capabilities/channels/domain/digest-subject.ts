import { type Digest, DIGESTS } from "./plan-telling.ts";

const PREFIX = "digest/";

/** The subject of a message that tells several notices: a target has one of each kind at a time that grows. */
export function digestSubject(kind: Digest): string {
  return `${PREFIX}${kind}`;
}

export function isDigest(subject: string): boolean {
  return subject.startsWith(PREFIX);
}

/** Of which kind it is; undefined where it is another subject. */
export function digestIn(subject: string): Digest | undefined {
  return DIGESTS.find((kind) => subject === digestSubject(kind));
}
