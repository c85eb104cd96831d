/** Those who ask while an answer is being made get that one: however many ask, it is made once at a time. */
export function singleFlight<T>(make: () => Promise<T>): () => Promise<T> {
  let making: Promise<T> | undefined;
  return () => {
    making ??= make().finally(() => {
      making = undefined;
    });
    return making;
  };
}
