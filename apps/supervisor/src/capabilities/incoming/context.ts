import type { Context as ChannelsContext } from "../channels/context.ts";
import type { AnswerSender } from "./answer-sender.ts";
import type { IncomingWork } from "./incoming-work.ts";
import type { IncomingRequest, TakenAnswer } from "./take-request.ts";

/** What takes webhooks, works at what they tell and answers. */
export interface Context extends ChannelsContext {
  readonly incoming: {
    /** takes what somebody told */
    readonly take: (request: IncomingRequest) => Promise<TakenAnswer>;
    readonly work: IncomingWork;
    readonly answers: AnswerSender;
    /** whether the configuration has a sender's arrivals taken; undefined where it does not name it */
    readonly isEnabled: (sender: string) => boolean | undefined;
  };
}
