import { eventually } from "./eventually.ts";

/** What is still wrong after a while; a judge that cannot judge by then is a problem, too. */
export async function comesRight(judge: () => Promise<string[]>, withinMs: number): Promise<string[]> {
  let problems: string[] = [];
  await eventually(async () => {
    problems = [];
    problems = await judge();
    if (problems.length > 0) throw new Error(problems.join("; "));
  }, withinMs).catch((error: unknown) => {
    if (problems.length === 0) problems = [String(error)];
  });
  return problems;
}
