import { HalError } from "@hal/protocol";
import * as v from "valibot";
import { ConfigError } from "../../domain/config-error.ts";
import { UnclearError } from "../../domain/unclear-error.ts";
import { type HttpAnswer, isOk } from "../http.ts";
import { describeError, unreadConfigOf } from "./describe-error.ts";

/** What opencode answers; throws HalError where it refuses, and UnclearError where it may have done it all the same. */
export async function answerTo(what: string, asking: Promise<HttpAnswer>): Promise<unknown> {
  return bodyOf(what, await settle(what, asking));
}

/** The same; undefined where opencode says that it is not there. */
export async function answerUnlessGone(what: string, asking: Promise<HttpAnswer>): Promise<unknown> {
  const answer = await settle(what, asking);
  return answer.status === 404 ? undefined : bodyOf(what, answer);
}

function bodyOf(what: string, answer: HttpAnswer): unknown {
  const { status, body } = answer;
  if (isOk(answer)) return body ?? {};
  const message = `opencode answered ${status} to ${what}: ${describeError(body ?? "nothing")}`;
  // a refusal is an answer; that something broke says nothing of what was done before it did
  if (status >= 500) throw new UnclearError("opencode_error", message);
  const unread = unreadConfigOf(body);
  throw unread === undefined ? new HalError("opencode_error", message) : new ConfigError(message, unread.file);
}

async function settle(what: string, asking: Promise<HttpAnswer>): Promise<HttpAnswer> {
  try {
    return await asking;
  } catch (error) {
    throw new UnclearError("opencode_unavailable", `opencode did not answer (${what}): ${describeError(error)}`, {
      cause: error,
    });
  }
}

/** What opencode lists. An answer that is no list does not say that there is nothing: throws HalError. */
export function asList(what: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw unknownAnswer(what);
}

/** The items of a list that fit; one that does not is from a version that this agent does not know. */
export function eachOf<S extends v.GenericSchema>(what: string, schema: S, value: unknown): v.InferOutput<S>[] {
  return asList(what, value).flatMap((item) => fitting(schema, item) ?? []);
}

/** For an answer that says nothing that this agent could go by. */
export function unknownAnswer(what: string): HalError {
  return new HalError("opencode_error", `opencode answered ${what} in a way that this agent does not know; upgrade it`);
}

/** What fits, or undefined. */
export function fitting<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> | undefined {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : undefined;
}
