import { DeliveryError } from "../../src/index.ts";

/** Tries until it is done, as a queue does that looks before it sends again what may have arrived. */
export async function until<T>(work: () => Promise<T>, look: () => Promise<T | undefined>): Promise<T> {
  let isUncertain = false;
  for (;;) {
    try {
      const found = isUncertain ? await look() : undefined;
      return found ?? (await work());
    } catch (error) {
      if (!(error instanceof DeliveryError) || error.problem !== "again") throw error;
      isUncertain ||= error.isUncertain;
    }
  }
}
