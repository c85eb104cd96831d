export { bytes, dollars, thousands } from "./amounts.ts";
export { eventDetail, eventText, type ToldEvent } from "./event-text.ts";
export { duration, span } from "./durations.ts";
export { attentionOf, byAttention, fullness } from "./health.ts";
export { answerSteps, nextSteps, type Step, type StepFacts } from "./next-steps.ts";
export { parseDuration, sinceTime } from "./parse-duration.ts";
export { refusedText } from "./refusals.ts";
export { statusText, type Tone, toneOf, wantsReason } from "./statuses.ts";
export { ago, clockTime } from "./times.ts";
