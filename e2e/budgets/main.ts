// npm run budgets [-- --runs 20 --seed 1 --verdict FILE]: a cap over four sessions on two nodes, while programs are killed; then fifty short ones.
import { runProof } from "../harness/run-proof.ts";
import { runBudgets } from "./run-budgets.ts";

await runProof({
  command: "budgets",
  counted: "runs",
  usually: 20,
  about:
    "runs of a cap of $0.50 over four sessions on two nodes, while programs are killed, and one of fifty short sessions",
  run: ({ count: runs, ...request }, signal) => runBudgets({ ...request, runs }, signal),
  done: ({ runs }) => runs,
});
