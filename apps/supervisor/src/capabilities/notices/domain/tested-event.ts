import * as v from "valibot";
import { MEASURES, type RouteFacts } from "./evaluate.ts";

const Text = v.nullish(v.string("must be text"), null);

/** An event as `events.list` has it, or as much of it as matters. */
const Tested = v.looseObject(
  {
    type: v.nullish(v.string("must be text"), null),
    node: Text,
    node_id: Text,
    project: Text,
    session: Text,
    session_id: Text,
    title: Text,
    data: v.nullish(v.record(v.string(), v.unknown(), "must be an object"), {}),
    ...Object.fromEntries(Object.keys(MEASURES).map((name) => [name, v.optional(v.number("must be a number"))])),
  },
  'must be an object, such as {"type":"session.error","project":"web"}',
);

export type TestedEvent =
  | { readonly kind: "event"; readonly facts: RouteFacts }
  | { readonly kind: "problem"; readonly message: string };

/** Reads an event that somebody made up, or that `halctl events -o json` printed. What it does not say is not there. */
export function readTestedEvent(text: string): TestedEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "problem", message: "the event is no JSON" };
  }
  const read = v.safeParse(Tested, value);
  if (!read.success) {
    const [issue] = read.issues;
    return {
      kind: "problem",
      message: `the event${issue.path === undefined ? "" : `.${v.getDotPath(issue)}`} ${issue.message}`,
    };
  }
  const { type, node, node_id: nodeId, project, session, session_id: sessionId, title, data } = read.output;
  const measures = Object.fromEntries(
    Object.keys(MEASURES).flatMap((name) => {
      const measured: unknown = read.output[name];
      return typeof measured === "number" ? [[name, measured]] : [];
    }),
  );
  const names = [nodeId, node].filter((name) => name !== null);
  return {
    kind: "event",
    facts: {
      type: type ?? undefined,
      fields: { node: names, project, session: session ?? sessionId, title },
      data,
      measures,
    },
  };
}
