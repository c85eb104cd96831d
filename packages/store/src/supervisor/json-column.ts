import { customType } from "drizzle-orm/sqlite-core";

/** What stands for the JSON of a column that cannot be read. */
export class Unreadable {
  readonly text: string;
  readonly problem: string;

  constructor(text: string, problem: string) {
    this.text = text;
    this.problem = problem;
  }
}

/** JSON in a column of text. One row that cannot be read keeps no other one from being read. drizzle-kit reads this file, and resolves no package of ours. */
export const json = customType<{ data: unknown; driverData: string }>({
  dataType: () => "text",
  toDriver: (value) => (value instanceof Unreadable ? value.text : JSON.stringify(value)),
  fromDriver: readJson,
});

/** Never throws. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return new Unreadable(text, "it is no JSON");
  }
}
