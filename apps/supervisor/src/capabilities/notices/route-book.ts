import { EVENT_TYPES } from "@hal/protocol";
import { closest } from "@hal/protocol/text";
import type { SupervisorConfig } from "../../config.ts";
import { targetNamesIn } from "../channels/target-names.ts";
import { BUILD_COMMANDS } from "./domain/build-of.ts";
import { DEFAULT_ROUTES } from "./domain/default-routes.ts";
import { type MeasureName, measuresOf, typesOf } from "./domain/evaluate.ts";
import { STEP_TYPES } from "./domain/verbosity.ts";
import { type Expression, parseExpression } from "./domain/route-expression.ts";
import { parseLimit, type RouteLimit } from "./domain/route-limit.ts";

/** Which events a target is told of. */
export interface Route {
  readonly match: string;
  readonly expression: Expression;
  readonly target: string;
  readonly limit: RouteLimit | undefined;
  /** as it is written */
  readonly limitText: string | null;
  readonly source: "file" | "default";
  /** patterns of the commands that build or test, where it tells somebody of those */
  readonly buildCommands: readonly string[];
  /** it is told in quiet hours, too */
  readonly isUrgent: boolean;
  /** types of events that it may take */
  readonly types: readonly string[];
  /** what it measures without any event */
  readonly measures: readonly MeasureName[];
  /** why it tells nobody; undefined where it does */
  readonly problem: string | undefined;
}

type Used = Pick<SupervisorConfig, "channels" | "routes">;

/** The routes as they are now: those of the configuration, or else what every target is told of. */
export class RouteBook {
  readonly #used: () => Used;
  #routes: readonly Route[] = [];
  #types: readonly string[] = [];
  #verbose: readonly string[] = [];

  constructor(used: () => Used) {
    this.#used = used;
    this.refresh();
  }

  /** Reads the configuration again. */
  refresh(): void {
    this.#routes = routesIn(this.#used());
    this.#verbose = verboseTargets(this.#used());
    const steps = this.#verbose.length > 0 ? STEP_TYPES : [];
    this.#types = [...new Set([...this.working.flatMap(({ types }) => types), ...steps])].toSorted();
  }

  get all(): readonly Route[] {
    return this.#routes;
  }

  /** Those that have a target. */
  get working(): readonly Route[] {
    return this.#routes.filter(({ problem }) => problem === undefined);
  }

  /** Targets that have each step of a session in the thread of its card. */
  get verbose(): readonly string[] {
    return this.#verbose;
  }

  /** Types of events that any of them may take, or that are such steps. */
  get types(): readonly string[] {
    return this.#types;
  }
}

function routesIn({ channels, routes }: Used): Route[] {
  const targets = targetNamesIn(channels);
  if (routes !== undefined)
    return routes.map(({ match, target, limit, urgent: isUrgent }) =>
      routeOf({
        match,
        target,
        limit: limit ?? null,
        isUrgent,
        source: "file",
        buildCommands: buildCommandsOf(channels, target),
        problem: problemOf(target, targets),
      }),
    );
  const told = (target: string, match: string): Route =>
    routeOf({
      match,
      target,
      limit: null,
      isUrgent: false,
      source: "default",
      buildCommands: buildCommandsOf(channels, target),
      problem: undefined,
    });
  return [
    // a platform has channels by what is posted there
    ...[...targets.discord, ...targets.slack].flatMap((target) =>
      DEFAULT_ROUTES.filter(({ channel }) => channel === nameIn(target)).map(({ match }) => told(target, match)),
    ),
    // a webhook is a program, and is told of all of it but builds
    ...targets.webhook.flatMap((target) =>
      DEFAULT_ROUTES.filter(({ channel }) => channel !== "build-log").map(({ match }) => told(target, match)),
    ),
  ];
}

function buildCommandsOf({ discord, slack }: Used["channels"], target: string): readonly string[] {
  const section = target.startsWith("discord#") ? discord : target.startsWith("slack#") ? slack : undefined;
  return section?.build_commands ?? BUILD_COMMANDS;
}

function verboseTargets({ channels }: Used): readonly string[] {
  const { discord, slack } = targetNamesIn(channels);
  return [
    ...(channels.discord?.verbosity === "verbose" ? discord : []),
    ...(channels.slack?.verbosity === "verbose" ? slack : []),
  ];
}

interface Written {
  readonly match: string;
  readonly target: string;
  readonly limit: string | null;
  readonly isUrgent: boolean;
  readonly source: "file" | "default";
  readonly buildCommands: readonly string[];
  readonly problem: string | undefined;
}

function routeOf({ match, target, limit, isUrgent, source, buildCommands, problem }: Written): Route {
  const parsed = parseExpression(match);
  if (parsed.kind === "problem") throw new Error(`a route was not looked at: ${parsed.message}`);
  const limited = limit === null ? undefined : parseLimit(limit);
  if (limited?.kind === "problem") throw new Error(`a limit was not looked at: ${limited.message}`);
  const { expression } = parsed;
  return {
    match,
    expression,
    target,
    limit: limited?.limit,
    limitText: limit,
    isUrgent,
    source,
    buildCommands,
    types: typesOf(expression, EVENT_TYPES),
    measures: measuresOf(expression),
    problem,
  };
}

function problemOf(target: string, targets: ReturnType<typeof targetNamesIn>): string | undefined {
  const kind = target.slice(0, target.indexOf("#"));
  if (kind !== "discord" && kind !== "slack" && kind !== "webhook") return "there is no such channel";
  if (targets[kind].includes(target)) return undefined;
  const near = closest(nameIn(target), targets[kind].map(nameIn));
  const section = kind === "webhook" ? "channels.webhooks" : `channels.${kind}.channels`;
  return `there is no such target; ${near === undefined ? `name it under ${section}` : `did you mean ${kind}#${near}?`}`;
}

function nameIn(target: string): string {
  return target.slice(target.indexOf("#") + 1);
}

/** What an operator should know of routes that are valid. */
export function adviceOnRoutes(config: Used): string[] {
  return routesIn(config).flatMap(({ problem, source }, index) =>
    problem === undefined || source === "default" ? [] : [`routes.${index} tells nobody: ${problem}`],
  );
}
