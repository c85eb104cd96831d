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

export function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The items that fit; one that does not is from a version that this agent does not know. */
export function each<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S>[] {
  return asArray(value).flatMap((item) => fitting(schema, item) ?? []);
}

/** What fits, or undefined. */
export function fitting<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> | undefined {
  const parsed = v.safeParse(schema, value);
  return parsed.success ? parsed.output : undefined;
}
