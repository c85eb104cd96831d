// npm run handovers [-- --rounds 50 --seed 1 --verdict FILE]: restarts, with something killed in the middle of each.
import { runProof } from "../harness/run-proof.ts";
import { runHandovers } from "./run-handovers.ts";

await runProof({
  command: "handovers",
  counted: "rounds",
  usually: 50,
  about: "restarts, each with a program killed at one of its steps",
  run: ({ count: rounds, ...request }, signal) => runHandovers({ ...request, rounds }, signal),
  done: ({ rounds }) => rounds,
});
