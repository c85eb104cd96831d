import * as v from "valibot";

/** The models that it may use, by their providers; each is looked at when it is asked for. */
export const Providers = v.object({
  providers: v.array(v.object({ id: v.string(), models: v.record(v.string(), v.unknown()) })),
});
/** Those that are hidden opencode uses for itself. */
export const Agent = v.object({ name: v.string(), hidden: v.optional(v.boolean(), false) });
export const Limit = v.object({ limit: v.object({ context: v.number() }) });
const Taken = v.optional(v.boolean(), false);
export const Capabilities = v.object({
  capabilities: v.object({ input: v.object({ image: Taken, pdf: Taken, audio: Taken, video: Taken }) }),
});
