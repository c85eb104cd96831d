import { type Channel, DeliveryError, type Post, type Posted } from "@hal/channels";

/** Sends a message unless it is there; where nobody heard whether it arrived it is looked for at once, before others are in front of it. */
export async function postOnce(
  channel: Channel,
  post: Post,
  { mayBeThere, signal }: PostOnceOptions,
): Promise<Posted & { readonly isFound: boolean }> {
  const known = mayBeThere ? await channel.find(post, signal) : undefined;
  if (known !== undefined) return { ...known, isFound: true };
  try {
    return { ...(await channel.post(post, signal)), isFound: false };
  } catch (error) {
    if (!(error instanceof DeliveryError) || !error.isUncertain || signal.aborted) throw error;
    const arrived = await channel.find(post, signal).catch(() => undefined);
    if (arrived === undefined) throw error;
    return { ...arrived, isFound: true };
  }
}

interface PostOnceOptions {
  /** an earlier try may have sent it */
  readonly mayBeThere: boolean;
  readonly signal: AbortSignal;
}
