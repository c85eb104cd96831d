import { optionFor } from "../../grammar/typed-options.ts";
import { takesSeveral } from "../../grammar/acts.ts";
import { asks, verb } from "../../grammar/verb.ts";
import { type CommandGroup, WATCH } from "../../grammar/spec.ts";

/** Questions that wait for a person, and the ways to answer them. */
export const INTERACTIONS: CommandGroup = {
  noun: "interactions",
  summary: "questions that wait for a person",
  verbs: [
    verb("interactions.list", {
      options: {
        all: { type: "boolean", default: false, describe: "closed ones, too: short for --state all" },
        ...WATCH,
      },
      load: async () => (await import("./interactions.ts")).listInteractions,
    }),
    asks("interactions.get", { page: async () => (await import("./pages.ts")).interactionCard }),
    takesSeveral(
      verb("interactions.answer", {
        name: "allow",
        summary: "allow what was asked",
        takes: ["id"],
        options: {
          always: { type: "boolean", default: false, describe: "and the like from now on; it says first what that is" },
        },
        load: async () => (await import("./interactions.ts")).allow,
      }),
    ),
    takesSeveral(
      verb("interactions.answer", {
        name: "deny",
        summary: "deny what was asked",
        takes: ["id"],
        options: { reason: optionFor("interactions.answer", "message") },
        load: async () => (await import("./interactions.ts")).deny,
      }),
    ),
    verb("interactions.answer", {
      summary: "answer a question: a choice by its label or number, or own words",
      takes: ["id", "answers"],
      fields: { answers: { describe: "for each question a choice, or own words" } },
      options: { text: { type: "string", requiresArg: true, describe: "own words, whatever the choices are" } },
      load: async () => (await import("./interactions.ts")).answer,
    }),
  ],
};
