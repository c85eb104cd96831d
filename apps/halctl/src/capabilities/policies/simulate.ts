import { readFile } from "node:fs/promises";
import { HalError } from "@hal/protocol";
import { EXIT } from "../../exit-codes.ts";
import type { Arguments, Run } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";
import { print } from "../../output/print.ts";
import { simulationPage } from "./pages.ts";

/** Asks what policies would have come to, by a configuration in a file, of which only what concerns them is sent. */
export const simulate: Run<Arguments & { readonly config?: string }> = async (session, { config, ...typed }) => {
  const input = inputOf("policies.simulate", typed, session.terminal.now());
  const { output } = await session.client.call("policies.simulate", {
    ...input,
    ...(config === undefined ? {} : { config: await policiesIn(config) }),
  });
  print(session, output, simulationPage);
  return EXIT.done;
};

async function policiesIn(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new HalError("bad_request", `cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? "it fails"}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new HalError("bad_request", `${file} is no configuration: it has to be an object in JSON`);
  const { policies, auto_intervention } = value as Readonly<Record<string, unknown>>;
  return JSON.stringify({ policies, auto_intervention });
}
