import { HalError } from "@hal/protocol";
import { EXIT } from "../../exit-codes.ts";
import type { Arguments, Run } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";
import { note, print } from "../../output/print.ts";
import { said } from "../../output/said.ts";
import { reviewPage } from "./review-page.ts";

/** Shows what happened since one looked last, and says that one has looked. */
export const showReview: Run<Arguments & { readonly keep: boolean }> = async (session, argv) => {
  const input = inputOf("inbox.review", argv, session.terminal.now());
  const { output } = await session.client.call("inbox.review", input);
  print(session, output, reviewPage);
  // who asked for a part, or for another time, has not seen all of it
  const isWhole = input.since === undefined && input.project === undefined;
  if (argv.keep || !isWhole) return EXIT.done;
  try {
    await session.client.call("inbox.look", { until: output.until });
    note(session, said`from here on it is new: the next review begins here`);
  } catch (error) {
    if (!(error instanceof HalError) || error.code !== "forbidden") throw error;
    note(session, said`the next review begins where this one did: only an operator can say to have looked`);
  }
  return EXIT.done;
};
