/** The oldest glibc that a program or an add-on runs on: the newest version of its symbols that it asks for. */
export function glibcFloor(binary: Buffer): string {
  // version names stand by themselves in the table of strings of the dynamic linker
  const asked = [...binary.toString("latin1").matchAll(/\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)/g)];
  if (asked.length === 0) throw new Error("this is no binary that is linked to glibc");
  return highest(asked.map(([, major, minor]) => `${major}.${minor}`));
}

/** The highest of versions like `2.28`. */
export function highest(versions: readonly string[]): string {
  return versions.reduce((one, other) => (isNewer(other, one) ? other : one));
}

export function isNewer(one: string, other: string): boolean {
  const [major = 0, minor = 0] = one.split(".").map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split(".").map(Number);
  return major > otherMajor || (major === otherMajor && minor > otherMinor);
}
