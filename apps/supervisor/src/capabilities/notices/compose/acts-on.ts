import type { FormInput } from "@hal/channels";
import type { InteractionView } from "@hal/protocol";
import type { Act } from "../../channels/composer.ts";

/** So many questions have buttons at a time. */
const MOST = 3;
/** A choice of so many has a button each. */
const MOST_BUTTONS = 4;
const MOST_LABEL = 60;

/** What can be done about what is asked. The answer is under way a moment after it was given, and has no button any more. */
export function actsOn(asked: readonly InteractionView[]): Act[] {
  const open = asked.filter(({ under_way: underWay }) => underWay === null).slice(0, MOST);
  // beside others each button says which one it is for
  return open.flatMap((one, index) => actsOnOne(one, open.length > 1 ? ` (${index + 1})` : ""));
}

function actsOnOne(interaction: InteractionView, behind: string): Act[] {
  return interaction.kind === "permission" ? permissionActs(interaction, behind) : questionActs(interaction, behind);
}

function permissionActs({ id, summary }: InteractionView, behind: string): Act[] {
  const act = (reply: string, label: string, style: Act["style"] & string): Act => ({
    key: `${id}/${reply}`,
    label: `${label}${behind}`,
    style,
    operation: "interactions.answer",
    input: { id, reply },
  });
  return [
    act("once", "Allow once", "main"),
    {
      ...act("reject", "Deny…", "danger"),
      form: {
        title: "Deny",
        text: summary,
        submit: "Deny",
        inputs: [
          { kind: "text", id: "message", label: "Why", hint: "the model reads it", isLong: true, isOptional: true },
        ],
      },
    },
  ];
}

function questionActs({ id, summary, questions }: InteractionView, behind: string): Act[] {
  const [only] = questions;
  const answer = { operation: "interactions.answer", input: { id, reply: "answer" } } as const;
  const isShort =
    only !== undefined &&
    questions.length === 1 &&
    !only.multiple &&
    only.options.length > 0 &&
    only.options.length <= MOST_BUTTONS &&
    only.options.every(({ label }) => label.length <= MOST_LABEL);
  const chosen = isShort
    ? only.options.map(({ label }, index): Act => ({
        ...answer,
        key: `${id}/${index}`,
        label: `${label}${behind}`,
        style: "plain",
        input: { ...answer.input, answers: [[label]], own_words: true },
      }))
    : [];
  const inputs = questions.slice(0, 2).flatMap(inputsOf);
  // a form has five inputs at most, and each question takes up to two
  if (questions.length > 2 || inputs.length === 0) return chosen;
  const own: Act = {
    ...answer,
    key: `${id}/answer`,
    label: `${isShort ? "Other answer…" : "Answer…"}${behind}`,
    style: isShort ? "plain" : "main",
    input: { ...answer.input, own_words: true },
    // the one question stands at its inputs
    form: { title: "Answer", ...(only?.question === summary ? {} : { text: summary }), submit: "Answer", inputs },
  };
  return [...chosen, own];
}

/** What is chosen, and what is said in own words. */
function inputsOf({ question, options, multiple }: InteractionView["questions"][number], index: number): FormInput[] {
  const label = question === "" ? "Answer" : question;
  const own: FormInput = {
    kind: "text",
    id: `answers.${index}.own`,
    label: options.length === 0 ? label : "Or in your own words",
    isLong: true,
    isOptional: options.length > 0,
  };
  if (options.length === 0 || options.length > 25) return [own];
  return [
    {
      kind: "choice",
      id: `answers.${index}`,
      label,
      isOptional: true,
      isSeveral: multiple,
      options: options.map((option, place) => ({
        id: String(place),
        label: option.label,
        ...(option.description === "" ? {} : { hint: option.description }),
      })),
    },
    own,
  ];
}
