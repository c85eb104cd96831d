// npm run answers [-- --interactions 100 --seed 1 --verdict FILE]: interactions that two surfaces answer at once, while programs are killed.
import { runProof } from "../harness/run-proof.ts";
import { runAnswers } from "./run-answers.ts";

await runProof({
  command: "answers",
  counted: "interactions",
  usually: 100,
  about: "interactions, each answered from two surfaces at once while a program is killed",
  run: ({ count: interactions, ...request }, signal) => runAnswers({ ...request, interactions }, signal),
  done: ({ interactions }) => interactions,
});
