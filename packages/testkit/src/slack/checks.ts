/** One thing that Slack would refuse, and where, as a JSON pointer. */
export interface BlockProblem {
  readonly pointer: string;
  readonly message: string;
}

/** Looks at a value and says what is wrong with it. */
export type Check = (value: unknown, pointer: string) => readonly BlockProblem[];

export function problem(pointer: string, message: string): readonly BlockProblem[] {
  return [{ pointer, message }];
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text of 1 to `most` characters. */
export function string(most: number): Check {
  return (value, pointer) => {
    if (typeof value !== "string") return problem(pointer, "must be a string");
    if (value.length === 0) return problem(pointer, "must be more than 0 characters");
    return value.length > most ? problem(pointer, `must be less than ${most + 1} characters`) : [];
  };
}

export function maybeEmpty(most: number): Check {
  return (value, pointer) => (value === "" ? [] : string(most)(value, pointer));
}

export const boolean: Check = (value, pointer) =>
  typeof value === "boolean" ? [] : problem(pointer, "must be a boolean");

export const number: Check = (value, pointer) =>
  Number.isInteger(value) ? [] : problem(pointer, "must be an integer");

export function among(...allowed: readonly string[]): Check {
  return (value, pointer) =>
    allowed.includes(value as string) ? [] : problem(pointer, `must be one of: ${allowed.join(", ")}`);
}

export const address: Check = (value, pointer) => {
  const problems = string(3_000)(value, pointer);
  if (problems.length > 0) return problems;
  return URL.canParse(value as string) && /^[a-z][a-z0-9+.-]*:/i.test(value as string)
    ? []
    : problem(pointer, "invalid url");
};

/** 1 to `most` of something. */
export function list(item: Check, most: number): Check {
  return (value, pointer) => {
    if (!Array.isArray(value)) return problem(pointer, "must be an array");
    if (value.length === 0) return problem(pointer, "no fewer than 1 items allowed");
    if (value.length > most) return problem(pointer, `no more than ${most} items allowed`);
    return value.flatMap((one: unknown, index) => item(one, `${pointer}/${index}`));
  };
}

/** An object of these fields and no other ones. */
export function object(fields: Readonly<Record<string, Check>>, ...required: readonly string[]): Check {
  return (value, pointer) => {
    if (!isRecord(value)) return problem(pointer, "must be an object");
    return [
      ...required
        .filter((name) => value[name] === undefined)
        .flatMap((name) => problem(pointer, `missing required field: ${name}`)),
      ...Object.entries(value).flatMap(([name, one]) => {
        const check = fields[name];
        if (check === undefined) return problem(pointer, `invalid additional property: ${name}`);
        return one === undefined ? [] : check(one, `${pointer}/${name}`);
      }),
    ];
  };
}

/** What its `type` says. */
export function byType(types: Readonly<Record<string, Check>>): Check {
  return (value, pointer) => {
    if (!isRecord(value)) return problem(pointer, "must be an object");
    const check = typeof value["type"] === "string" ? types[value["type"]] : undefined;
    if (check === undefined) return problem(`${pointer}/type`, `unsupported type: ${String(value["type"])}`);
    return check(value, pointer);
  };
}
