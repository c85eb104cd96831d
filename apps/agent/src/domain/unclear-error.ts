import { HalError } from "@hal/protocol";

/** What was asked of opencode may have been done: no answer came, or one that says neither yes nor no. It must be looked up. */
export class UnclearError extends HalError {
  readonly isUnclear = true;
}

/** Whether something that had begun may have been done although it failed: opencode may have ended in the middle of it, too. */
export function isUnclear(error: unknown): error is UnclearError {
  return error instanceof UnclearError || (error instanceof HalError && error.code === "opencode_unavailable");
}

/** It is unclear because opencode answers, and refuses to say it: asking on and on has no end of its own. */
class RefusedError extends UnclearError {}

/** Whether opencode refused to say what became of something. */
export function isRefused(error: UnclearError): boolean {
  return error instanceof RefusedError;
}

/**
 * What opencode says when it is asked what became of something that had begun. A refusal to say it, as of a project whose
 * configuration was broken meanwhile, is no answer: throws UnclearError then.
 */
export async function saidOf<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    if (isUnclear(error) || !(error instanceof HalError)) throw error;
    throw new RefusedError(error.code, error.message, { cause: error });
  }
}

/**
 * What comes of doing again what may have been done. What opencode refuses now it may have done before: throws UnclearError
 * then. What this agent itself knows, as that a session is not there, is an outcome.
 */
export async function doneAgain<T>(doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (error) {
    if (error instanceof HalError && error.code === "opencode_error") return saidOf(Promise.reject<T>(error));
    throw error;
  }
}
