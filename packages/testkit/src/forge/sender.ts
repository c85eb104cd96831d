/** What is wrong with a delivery. */
export interface WrongDelivery {
  /** another body than was signed */
  readonly body?: string;
  /** other headers, or none where one is empty */
  readonly headers?: Readonly<Record<string, string>>;
  /** how old it is said to be */
  readonly ageS?: number;
  /** another secret */
  readonly secret?: string;
}

/** What the other side said. */
export interface Delivered {
  readonly id: string;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Posts a delivery and reads the answer. */
export async function post(
  url: string,
  id: string,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<Delivered> {
  const kept = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ""));
  const response = await fetch(url, { method: "POST", headers: kept, body, signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  return { id, status: response.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
}
