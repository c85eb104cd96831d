import { HalError } from "@hal/protocol";

const MOST_NAMED = 5;

/** The one that an id or a unique prefix of it means, of those whose id begins so; `noun` is what it is and `list` where all are. */
export function meantBy<Row extends { readonly id: string }>(
  ref: string,
  found: readonly Row[],
  { noun, list }: { readonly noun: string; readonly list: string },
): Row {
  const [only] = found;
  if (only !== undefined && (found.length === 1 || only.id === ref)) return only;
  if (only === undefined) throw new HalError("not_found", `no ${noun} ${ref}; see: ${list}`);
  const choices = found.map(({ id }) => id);
  const named = choices.slice(0, MOST_NAMED).join(", ");
  throw new HalError("ambiguous", `${ref} means several ${noun}s; say more of it: ${named}`, { details: { choices } });
}
