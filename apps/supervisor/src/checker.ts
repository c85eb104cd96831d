// The thread that reads a big database through while it is in use; hal-supervisor starts it.
import { parentPort, workerData } from "node:worker_threads";
import { type CheckRequest, serveCheck } from "@hal/store/supervisor";

if (parentPort === null) throw new Error("hal-supervisor starts this as a thread");
// a report of the process has a part of each thread, with an environment of its own
process.report.excludeEnv = true;
serveCheck(parentPort, workerData as CheckRequest);
