/** A statement that is built when a store is first asked, and kept: to build one costs ten times what it takes to run it. */
export function prepared<Store extends object, Statement>(
  build: (store: Store) => Statement,
): (store: Store) => Statement {
  const built = new WeakMap<Store, Statement>();
  return (store) => {
    const known = built.get(store);
    if (known !== undefined) return known;
    const statement = build(store);
    built.set(store, statement);
    return statement;
  };
}

/** How many rows at most, in a statement that is kept: of `limit ?` SQLite makes a new plan for each number that is bound. */
export const LIMIT = "limit ? + 0";
