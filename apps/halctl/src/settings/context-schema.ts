import { described } from "@hal/daemon";
import * as v from "valibot";

const Text = v.string("must be text");

/** One supervisor that a person works with. What is not known here is kept for whoever knows it. */
export const Context = v.looseObject({
  url: v.optional(described(Text, "address of the supervisor: ws, wss, http or https")),
  token: v.optional(described(Text, "a token, here in the file")),
  token_file: v.optional(described(Text, "a file whose first line is the token, relative to this one")),
  ca_file: v.optional(described(Text, "authorities in PEM instead of the well-known ones, relative to this file")),
  tls_fingerprint: v.optional(
    described(
      v.union([Text, v.array(Text)], "must be text, or a list of texts"),
      "SHA-256 of the supervisor's certificate; a list while it is renewed",
    ),
  ),
  insecure: v.optional(
    described(
      v.boolean("must be true or false"),
      "whatever certificate is shown is taken: whoever is in between can read the token",
    ),
  ),
});
export type Context = v.InferOutput<typeof Context>;

/** halctl's own file: the supervisors that a person works with. */
export const ConfigFile = v.looseObject({
  current: v.optional(described(Text, "the context that is meant where none is named")),
  contexts: v.optional(described(v.record(v.string(), Context), "supervisors, by names of one's own"), {}),
});
export type ConfigFile = v.InferOutput<typeof ConfigFile>;
