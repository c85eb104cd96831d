import type { FormInput } from "@hal/channels";

/** What somebody filled in, by the ids of the inputs. */
type Values = Readonly<Record<string, readonly string[]>>;

/**
 * What a form adds to the input of its operation. Inputs are called after the fields that they fill: `message`, or `answers.0` for the
 * first of several lists, whose own words are `answers.0.own`. What was left empty is not said.
 */
export function filledIn(inputs: readonly FormInput[], values: Values): Readonly<Record<string, unknown>> {
  const fields = new Map<string, unknown>();
  const answers: string[][] = [];
  for (const input of inputs) {
    const said = saidIn(input, values[input.id] ?? []);
    const [field = "", place, own] = input.id.split(".");
    if (field !== "answers") {
      if (said.length > 0) fields.set(field, said.join("\n"));
      continue;
    }
    const index = Number(place);
    const before = answers[index] ?? [];
    if (own === undefined) answers[index] = said;
    else
      answers[index] = takesSeveral(inputs, `${field}.${place}`) ? [...before, ...said] : asOne([...before, ...said]);
  }
  if (answers.length > 0)
    fields.set(
      "answers",
      Array.from(answers, (one) => one ?? []),
    );
  return Object.fromEntries(fields);
}

function takesSeveral(inputs: readonly FormInput[], id: string): boolean {
  return inputs.some((input) => input.kind === "choice" && input.id === id && input.isSeveral === true);
}

/** Where one answer is taken, own words say more about what was chosen. */
function asOne(said: readonly string[]): string[] {
  return said.length === 0 ? [] : [said.join("; ")];
}

/** What was typed, or the labels of what was chosen. */
function saidIn(input: FormInput, given: readonly string[]): string[] {
  if (input.kind === "text") return given.map((text) => text.trim()).filter((text) => text !== "");
  return given.flatMap((id) => input.options.find((option) => option.id === id)?.label ?? []);
}
