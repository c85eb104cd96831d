import { microUsd, nanoUsd } from "@hal/protocol";
import * as v from "valibot";
import { NAMELESS_ERROR, type SourceError, sourceError, type SourceMessage } from "../../../domain/source-fact.ts";
import { Dollars, Time, Tokens, tokensOf } from "./bounds.ts";

/** Why something failed, as opencode says it of a session and of a message. */
export const Failure = v.pipe(
  v.object({
    name: v.optional(v.string(), NAMELESS_ERROR),
    data: v.optional(v.looseObject({ message: v.optional(v.string()) })),
  }),
  v.transform(({ name, data }): SourceError => ({
    ...sourceError(name, data?.message),
    isAbort: name === "MessageAbortedError",
  })),
);

const Info = v.object({
  id: v.string(),
  role: v.picklist(["user", "assistant"]),
  parentID: v.optional(v.string()),
  providerID: v.optional(v.string()),
  modelID: v.optional(v.string()),
  model: v.optional(v.object({ providerID: v.string(), modelID: v.string() })),
  summary: v.optional(v.unknown()),
  finish: v.optional(v.string()),
  cost: v.optional(Dollars, 0),
  tokens: Tokens,
  error: v.optional(Failure),
  structured: v.optional(v.unknown()),
  time: v.object({ created: Time, completed: v.optional(Time) }),
});

/** A message as opencode tells it, without its parts. */
export const Message = v.pipe(
  Info,
  v.transform((info): SourceMessage => {
    const providerID = info.providerID ?? info.model?.providerID;
    const modelID = info.modelID ?? info.model?.modelID;
    return {
      id: info.id,
      role: info.role,
      parentId: info.parentID,
      model: providerID === undefined || modelID === undefined ? undefined : `${providerID}/${modelID}`,
      isSummary: info.summary === true,
      finish: info.finish,
      goesOn: info.finish === "tool-calls",
      error: info.error,
      structured: info.structured,
      costMicroUsd: microUsd(info.cost),
      costNanoUsd: nanoUsd(info.cost),
      tokens: tokensOf(info.tokens),
      createdAt: info.time.created,
      completedAt: info.time.completed,
    };
  }),
);
