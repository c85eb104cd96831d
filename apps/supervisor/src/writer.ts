// The thread that writes the database; hal-supervisor starts it.
import { parentPort, workerData } from "node:worker_threads";
import { serveWriter, type WriterData } from "@hal/store/supervisor";

if (parentPort === null) throw new Error("hal-supervisor starts this as a thread");
// a report of the process has a part of each thread, with an environment of its own
process.report.excludeEnv = true;
serveWriter(parentPort, workerData as WriterData);
