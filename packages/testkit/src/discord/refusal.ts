import type { BlockProblem } from "../slack/checks.ts";

/** What Discord answers where it refuses. */
export class DiscordRefusal extends Error {
  readonly status: number;
  readonly code: number;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(status: number, code: number, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

/** Refuses a body, where there is something wrong with it. */
export function refuseBody(problems: readonly BlockProblem[]): void {
  if (problems.length > 0) throw new DiscordRefusal(400, 50035, "Invalid Form Body", { errors: nested(problems) });
}

interface Nested {
  [key: string]: Nested | readonly { readonly code: string; readonly message: string }[];
}

/** Problems by their pointers, one object in another, as Discord says them. */
function nested(problems: readonly BlockProblem[]): Nested {
  const root: Nested = {};
  for (const { pointer, message } of problems) {
    let at = root;
    for (const part of pointer.split("/").filter((one) => one !== "")) at = (at[part] ??= {}) as Nested;
    const told = (at["_errors"] ?? []) as readonly { readonly code: string; readonly message: string }[];
    at["_errors"] = [...told, { code: "BASE_TYPE_BAD", message }];
  }
  return root;
}
