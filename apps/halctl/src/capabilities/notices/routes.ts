import { readFile } from "node:fs/promises";
import { HalError } from "@hal/protocol";
import { EXIT } from "../../exit-codes.ts";
import type { Run } from "../../grammar/run.ts";
import { print } from "../../output/print.ts";
import type { Session } from "../../session.ts";
import { judgedPage } from "./pages.ts";

/** Asks which routes would take the event in a file. */
export const testRoutes: Run<{ readonly event: string }> = async (session, { event: file }) => {
  const { output } = await session.client.call("routes.test", { event: await eventIn(session, file) });
  print(session, output, judgedPage);
  return EXIT.done;
};

async function eventIn({ terminal }: Session, file: string): Promise<string> {
  const text = file === "-" ? ((await terminal.readInput()) ?? "") : await textOf(file);
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    throw new HalError(
      "bad_request",
      `${file === "-" ? "standard input" : file} is no event: it has to be an object in JSON`,
    );
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new HalError("bad_request", `cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? "it fails"}`);
  }
}
