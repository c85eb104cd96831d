// What pnpm asks while it works. The manifest in an archive says what its user needs, and nothing of how the package is made here.
export const hooks = {
  beforePacking(manifest) {
    const makings = new Set(["devDependencies", "scripts"]);
    return Object.fromEntries(Object.entries(manifest).filter(([key]) => !makings.has(key)));
  },
};
