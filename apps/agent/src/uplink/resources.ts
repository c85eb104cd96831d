import { statfs } from "node:fs/promises";
import { cpus, freemem, totalmem } from "node:os";
import { availableParallelism } from "node:os";
import type { ResourceReport } from "@hal/protocol";

interface CpuTimes {
  readonly busy: number;
  readonly all: number;
}

/** Measures the machine: cpu since the last call, memory and the disk that `directory` is on. */
export function resourceMeter(directory: string): () => Promise<ResourceReport> {
  let before = cpuTimes();
  return async () => {
    const now = cpuTimes();
    const all = now.all - before.all;
    const cpuPercent = all <= 0 || availableParallelism() === 0 ? 0 : ((now.busy - before.busy) / all) * 100;
    before = now;
    return {
      cpuPercent: Math.round(cpuPercent * 10) / 10,
      memoryUsedBytes: totalmem() - freemem(),
      memoryTotalBytes: totalmem(),
      ...(await disk(directory)),
    };
  };
}

async function disk(directory: string): Promise<Pick<ResourceReport, "diskFreeBytes" | "diskTotalBytes">> {
  try {
    const { bavail, blocks, bsize } = await statfs(directory);
    return { diskFreeBytes: bavail * bsize, diskTotalBytes: blocks * bsize };
  } catch {
    return {}; // unknown is better than a wrong figure
  }
}

function cpuTimes(): CpuTimes {
  let busy = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    busy += times.user + times.nice + times.sys + times.irq;
    idle += times.idle;
  }
  return { busy, all: busy + idle };
}
