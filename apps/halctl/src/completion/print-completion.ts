import { HalError } from "@hal/protocol";
import { SCRIPTS, type Shell, SHELLS } from "./scripts.ts";
import { EXIT } from "../exit-codes.ts";
import type { LocalRun } from "../local.ts";
import { printText } from "../output/print.ts";

/** Prints what a shell needs; which one is guessed from $SHELL where it is not said. */
export const printCompletion: LocalRun<{ readonly shell?: Shell | undefined }> = async ({ terminal }, { shell }) => {
  const guessed = SHELLS.find((one) => terminal.env["SHELL"]?.endsWith(`/${one}`));
  const meant = shell ?? guessed;
  if (meant === undefined) throw new HalError("bad_request", `say for which shell: ${SHELLS.join(", ")}`);
  printText(terminal, SCRIPTS[meant]);
  return EXIT.done;
};
