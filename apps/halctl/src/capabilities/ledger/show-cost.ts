import type { CostRow, OperationInput } from "@hal/protocol";
import { csvText } from "@hal/protocol/text";
import { EXIT } from "../../exit-codes.ts";
import { inputOf } from "../../grammar/typed-options.ts";
import type { Arguments, Run } from "../../grammar/run.ts";
import { print, printText } from "../../output/print.ts";
import type { Session } from "../../session.ts";
import { costPage } from "./cost-page.ts";
import { reportPage } from "./report-page.ts";

/** So many rows are asked for at a time where all are wanted. */
const PAGE = 10_000;

type Asked = OperationInput<"cost.report">;

/** What a period cost; by what is asked for, or between two days, as a report. */
export const showCost: Run<Arguments> = async (session, argv) => {
  const now = session.terminal.now();
  const asked = inputOf("cost.report", argv, now);
  const isCsv = session.format === "csv";
  if (!isCsv && asked.by === undefined && asked.from === undefined && asked.to === undefined) {
    const { output } = await session.client.call("cost.get", inputOf("cost.get", argv, now));
    print(session, output, costPage);
  } else if (isCsv) printText(session.terminal, csvText(await allRows(session, asked)));
  else print(session, (await session.client.call("cost.report", asked)).output, reportPage);
  return EXIT.done;
};

async function allRows({ client }: Session, asked: Asked): Promise<CostRow[]> {
  const rows: CostRow[] = [];
  let cursor: string | undefined;
  do {
    const page = { ...asked, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
    const { output } = await client.call("cost.report", page);
    rows.push(...output.rows);
    cursor = output.next ?? undefined;
  } while (cursor !== undefined);
  return rows;
}
