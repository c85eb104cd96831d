import { EXIT } from "../../exit-codes.ts";
import type { Arguments, Run } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";
import { print } from "../../output/print.ts";
import { retriedPage } from "./follower-pages.ts";

/** What failed once more is an error, with each reason. */
export const retryFollower: Run<Arguments> = async (session, argv) => {
  const input = inputOf("followers.retry", argv, session.terminal.now());
  const { output } = await session.client.call("followers.retry", input);
  print(session, output, retriedPage);
  return output.failed.length === 0 ? EXIT.done : EXIT.failed;
};
