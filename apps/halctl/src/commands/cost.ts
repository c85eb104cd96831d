import type { CostReport } from "@hal/protocol";
import { EXIT } from "../exit-codes.ts";
import { costPage } from "../output/cost-page.ts";
import { print } from "../output/print.ts";
import type { Run } from "./command.ts";

export interface CostArgs {
  readonly period: CostReport["period"];
}

export const showCost: Run<CostArgs> = async (session, { period }) => {
  const { output } = await session.client.call("cost.get", { period });
  print(session, output, costPage);
  return EXIT.done;
};
