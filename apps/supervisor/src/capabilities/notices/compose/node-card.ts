import type { Field, Message, Tone } from "@hal/channels";
import { nextSteps, type StepFacts, statusText } from "@hal/words";
import type { Composed } from "../../channels/composer.ts";
import { older } from "./older.ts";

const MOST_PROJECTS = 10;

/** A node as it is shown. */
export interface ShownNode {
  readonly id: string;
  readonly node: StepFacts["node"];
  /** why it is as it is; empty where all is well */
  readonly reason: string;
  /** since when, in milliseconds since 1970; undefined where that is not known */
  readonly since: number | undefined;
  /** projects in which something was at work when it was heard of last */
  readonly atWork: readonly string[];
}

/** A node as it is, with what can be done about it. Over once all is well. */
export function nodeCard({ id, node, reason, since, atWork }: ShownNode): Composed {
  const { name, status } = node;
  const isWell = status.status === "online";
  const tone: Tone = isWell ? "good" : status.status === "offline" ? "bad" : "warn";
  const does = reason === "" ? status.status : statusText({ status: status.status, reason });
  const steps = isWell
    ? []
    : nextSteps({ node, session: undefined, open: [], commands: [], events: [] }).map(
        ({ command, purpose }) => `${command}: ${purpose}`,
      );
  const fields: Field[] =
    isWell || atWork.length === 0 ? [] : [{ name: "At work there", value: listed(atWork), isShort: true }];
  const message: Message = {
    title: `${name} is ${does}`,
    tone,
    ...(steps.length === 0 ? {} : { text: steps.join("\n") }),
    ...(fields.length === 0 ? {} : { fields }),
    footer: id,
    ...(since === undefined ? {} : { at: since }),
  };
  return { message, isOver: isWell };
}

/** What is left of a card where a newer one shows how its node is. */
export function olderNodeCard({ id, name }: { readonly id: string; readonly name: string }): Composed {
  return older(`${name} has changed since`, id);
}

function listed(names: readonly string[]): string {
  const different = [...new Set(names)];
  const more = different.length - MOST_PROJECTS;
  return `${different.slice(0, MOST_PROJECTS).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
