import * as v from "valibot";
import { Figure, Word } from "../bounds.ts";
import { NoticeView } from "./channels.ts";
import { EventView } from "./events.ts";
import { operation } from "./operation.ts";

/** Says which events a target is told of. */
export const RouteView = v.object({
  match: v.string(),
  target: v.string(),
  limit: v.pipe(v.nullable(v.string()), v.description("how often it tells at most, such as `3/h`")),
  urgent: v.optional(v.pipe(v.boolean(), v.description("whether it tells in quiet hours, too")), false),
  source: v.pipe(
    v.picklist(["file", "default"]),
    v.description("`file`: in the configuration; `default`: it holds because the configuration has no routes"),
  ),
});
export type RouteView = v.InferOutput<typeof RouteView>;

/** How a route takes an event. */
export const JudgedRouteView = v.object({
  ...RouteView.entries,
  taken: v.boolean(),
  reason: v.pipe(v.string(), v.description("what decided it")),
});
export type JudgedRouteView = v.InferOutput<typeof JudgedRouteView>;

export const routesList = operation({
  name: "routes.list",
  summary: "Which events are told to whom",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/routes",
  input: v.object({}),
  output: v.array(
    v.object({
      ...RouteView.entries,
      types: v.pipe(v.array(v.string()), v.description("types of events that it may take")),
      measures: v.pipe(v.array(v.string()), v.description("what it measures without any event, such as `stuck`")),
      told: v.pipe(Figure, v.description("how many notices it made that are known still")),
      problem: v.pipe(v.nullable(v.string()), v.description("why it tells nobody, such as a target that there is not")),
    }),
  ),
});

export const routesTest = operation({
  name: "routes.test",
  summary: "Which routes would take an event, without telling anybody",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/routes/test",
  words: ["event"],
  input: v.object({
    event: v.pipe(
      v.string(),
      v.minLength(1, "say which event"),
      v.maxLength(8_000, "is too long"),
      v.description(
        "an event as JSON: its `type`, and as much of `node`, `project`, `session`, `data` and what is measured as matters",
      ),
      v.examples(['{"type":"session.error","project":"web"}']),
    ),
  }),
  output: v.array(JudgedRouteView),
});

export const routesWhy = operation({
  name: "routes.why",
  summary: "Which routes took an event and what became of that, or why none did",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/routes/why/{event}",
  words: ["event"],
  input: v.object({
    event: v.pipe(
      Word,
      v.minLength(1, "say which event: its id or its cursor"),
      v.description("the id of an event, or its cursor"),
      v.examples(["1234"]),
    ),
  }),
  output: v.object({
    event: EventView,
    notices: v.pipe(v.array(NoticeView), v.description("what was made of it then")),
    routes: v.pipe(v.array(JudgedRouteView), v.description("how the routes of today take it")),
  }),
});
