// npm run halctl -- ARGS...: the built halctl, as quickly as it starts by itself; bin/halctl is the same in one word. Where nothing else
// is said it talks to the supervisor that `npm start` runs.
import { launch } from "./launch.mjs";
import { useStartedSupervisor } from "./started-supervisor.mjs";

useStartedSupervisor();
await launch("halctl", process.argv.slice(2));
