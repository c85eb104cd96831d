import type { OperationInput } from "@hal/protocol";
import { EXIT } from "../../exit-codes.ts";
import type { Run } from "../../grammar/run.ts";
import { print } from "../../output/print.ts";
import { ruleCard } from "./pages.ts";

interface Typed extends Omit<OperationInput<"rules.add">, "pattern"> {
  readonly pattern: readonly string[];
}

/** Sets a rule of what was typed: a pattern of several words needs no quotes. */
export const addRule: Run<Typed> = async (session, { reply, permission, pattern, project, reason }) => {
  const { output } = await session.client.call("rules.add", {
    reply,
    permission,
    ...(pattern.length === 0 ? {} : { pattern: pattern.join(" ") }),
    ...(project === undefined ? {} : { project }),
    ...(reason === undefined ? {} : { reason }),
  });
  print(session, output, ruleCard);
  return EXIT.done;
};
