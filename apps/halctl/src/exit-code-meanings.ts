import { EXIT } from "./exit-codes.ts";

/** What each exit code means to a script. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: "It was done; of a wait, the session is idle.",
  failed: "It failed; of a wait, the session failed or ended.",
  usage: "The command line is wrong, or a name fits several things.",
  unreachable: "The supervisor cannot be reached.",
  unauthorised: "No valid token, or its role does not allow it.",
  notFound: "Nothing has that name or id.",
  timedOut: "The time was over before it was done. It may still be done.",
  question: "The session waits for the answer to a question.",
  permission: "The session waits for a permission.",
};
