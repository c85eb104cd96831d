import { cutText, takeByGlob } from "@hal/protocol/text";
import type { RouteFacts } from "./evaluate.ts";

/** A command line that is longer is nobody's build. */
const MOST_CHARS = 16_384;
const MOST_COMMANDS = 100;

/** What builds and tests in most projects. */
export const BUILD_COMMANDS: readonly string[] = [
  ...["npm", "pnpm", "yarn", "bun"].flatMap((tool) => [
    `${tool} test *`,
    `${tool} run test*`,
    `${tool} run build*`,
    `${tool} run lint*`,
    `${tool} run typecheck*`,
    `${tool} run check*`,
  ]),
  ...["pnpm", "yarn", "bun"].map((tool) => `${tool} build *`),
  ...["vitest", "jest", "tsc", "eslint"].flatMap((tool) => [`${tool} *`, `npx ${tool} *`]),
  ...["make", "ctest", "cmake --build", "ninja", "bazel build", "bazel test"].map((tool) => `${tool} *`),
  ...["build", "test", "check", "clippy", "nextest"].map((verb) => `cargo ${verb} *`),
  ...["build", "test", "vet"].map((verb) => `go ${verb} *`),
  ...["pytest", "python -m pytest", "python3 -m pytest", "uv run pytest", "poetry run pytest", "tox", "nox"].map(
    (tool) => `${tool} *`,
  ),
  ...["mvn", "./mvnw", "gradle", "./gradlew", "sbt"].map((tool) => `${tool} *`),
  ...["build", "test"].flatMap((verb) => [`dotnet ${verb} *`, `swift ${verb} *`]),
  ...["bundle exec rspec", "bundle exec rake", "rspec", "rake", "mix test", "mix compile", "phpunit"].map(
    (tool) => `${tool} *`,
  ),
  ...["docker build", "docker buildx build", "docker compose build"].map((tool) => `${tool} *`),
];

/** A command that builds or tests, and how it ended. */
export interface Build {
  readonly outcome: "failed" | "passed";
  /** the one of its line that a pattern takes */
  readonly command: string;
  readonly exit: number;
}

/** Whether an event tells of a command that some patterns take, and how that ended; undefined where that is not known. It never throws. */
export function buildOf(
  type: string | undefined,
  data: Readonly<Record<string, unknown>>,
  patterns: readonly string[],
): Build | undefined {
  const { tool, exit, input } = data;
  if (type !== "tool.execute.after" || tool !== "bash" || typeof exit !== "number") return undefined;
  const line: unknown = typeof input === "object" && input !== null ? Reflect.get(input, "command") : undefined;
  if (typeof line !== "string" || line.length > MOST_CHARS) return undefined;
  const command = commandsIn(line).find((one) => patterns.some((pattern) => takeByGlob(pattern, one) !== undefined));
  return command === undefined ? undefined : { outcome: exit === 0 ? "passed" : "failed", command, exit };
}

/** What a route judges by: what is a build its channel says. */
export function factsFor(
  { buildCommands }: { readonly buildCommands: readonly string[] },
  facts: RouteFacts,
): RouteFacts {
  const build = buildOf(facts.type, facts.data, buildCommands);
  return build === undefined ? facts : { ...facts, fields: { ...facts.fields, build: build.outcome } };
}

/** The commands of a line, each without what is assigned in front of it, which may be a secret. */
export function commandsIn(line: string): readonly string[] {
  return line
    .split(/&&|\|\||[;|\n()]|(?<!>)&(?!>)/, MOST_COMMANDS)
    .map((one) => one.trim().replace(ASSIGNMENTS, ""))
    .filter((one) => one !== "");
}

const ASSIGNMENTS = /^(?:[A-Za-z_]\w*=(?:"[^"]*"|'[^']*'|[^\s"'])*\s+)+/;
const MOST_SHOWN = 80;

/** A command as it may be told: up to its options, and what is assigned there. */
export function shownCommand(command: string): string {
  const words = command.split(/\s+/);
  const end = words.findIndex((word) => word.startsWith("-") || word.includes("="));
  const said = (end === -1 ? words : words.slice(0, end)).join(" ");
  return said.length > MOST_SHOWN ? cutText(said, MOST_SHOWN) : end === -1 ? said : `${said} …`;
}
