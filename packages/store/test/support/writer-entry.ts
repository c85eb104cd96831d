// The thread that writes, as hal-supervisor starts it.
import { parentPort, workerData } from "node:worker_threads";
import { serveWriter, type WriterData } from "../../src/supervisor/index.ts";

if (parentPort === null) throw new Error("a test starts this as a thread");
serveWriter(parentPort, workerData as WriterData);
