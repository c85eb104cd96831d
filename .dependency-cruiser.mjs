// Who may import whom: the table of ARCHITECTURE.md, held by `npm run arrows`. Each comment says what to do instead.
const door = "(hub|control|api|chat|billing|uplink|opencode)";
const workspace = "^(packages|apps|e2e|tools|bench)/";
const thirdParty = "(^|/)node_modules/";

/** Everything of the workspace that `from` must not see: all but itself and `allowed`. */
function mayOnlySee(from, allowed, comment) {
  return {
    name: `${from.replace(/^(packages|apps)\//, "")}-sees-only-what-it-may`,
    comment,
    severity: "error",
    from: { path: `^${from}/src/` },
    to: { path: workspace, pathNot: [`^${from}/`, ...allowed.map((path) => `^${path}`)] },
  };
}

const packages = [
  mayOnlySee(
    "packages/protocol",
    [],
    "@hal/protocol is what is said between programs and knows none of them: move what both need into it.",
  ),
  {
    name: "protocol-is-browser-safe",
    comment:
      "@hal/protocol depends on what runs in a browser, too, and on nothing of Node: take what you need as an argument, or do it in the program that calls.",
    severity: "error",
    from: { path: "^packages/protocol/src/" },
    to: { dependencyTypesNot: ["local", "type-only"], pathNot: `${thirdParty}(valibot|fastest-levenshtein)/` },
  },
  mayOnlySee(
    "packages/words",
    ["packages/protocol/src/(text/)?index"],
    "@hal/words says what @hal/protocol means, to people: take a value as an argument, and let the program that calls lay it out.",
  ),
  {
    name: "words-are-browser-safe",
    comment: "A browser, a chat and a terminal say the same words: take what you need of Node as an argument.",
    severity: "error",
    from: { path: "^packages/words/src/" },
    to: { path: ".", pathNot: "^packages/(words|protocol)/src/" },
  },
  mayOnlySee(
    "packages/daemon",
    ["packages/protocol/src/text/index"],
    "@hal/daemon has no word of the domain and sees @hal/protocol/text alone: take what you need as an argument or a type parameter.",
  ),
  mayOnlySee(
    "packages/store",
    ["packages/protocol/src/(text/)?index"],
    "@hal/store knows the words of @hal/protocol and the database, nothing else: let the caller hand the rest in.",
  ),
  {
    name: "only-the-store-knows-the-database",
    comment:
      "SQL, Drizzle and the driver stay in @hal/store: add a function there that is named as the question you ask.",
    severity: "error",
    from: { path: workspace, pathNot: "^packages/store/" },
    to: { path: `${thirdParty}(drizzle-orm|better-sqlite3)/` },
  },
  {
    name: "the-two-databases-are-strangers",
    comment: "The supervisor's and the agent's database share what is in file/, not tables: move what both need there.",
    severity: "error",
    from: { path: "^packages/store/src/(supervisor|agent)/" },
    to: { path: "^packages/store/src/(supervisor|agent)/", pathNot: "^packages/store/src/$1/" },
  },
  mayOnlySee(
    "packages/channels",
    [],
    "@hal/channels is used by other programs, too, and knows no session and nothing private: take what you need as an argument.",
  ),
  mayOnlySee(
    "packages/testkit",
    ["packages/daemon/src/index"],
    "@hal/testkit doubles the outermost edges (model provider, chat, billing, clock) and knows nothing of ours: a test that needs our programs starts them.",
  ),
  mayOnlySee(
    "apps/supervisor",
    ["packages/(protocol|words|daemon|channels)/src/(text/)?index", "packages/store/src/supervisor/index"],
    "hal-supervisor is made of @hal/protocol, @hal/words, @hal/daemon, @hal/channels and @hal/store/supervisor: what it shares with another program belongs in one of them.",
  ),
  mayOnlySee(
    "apps/agent",
    ["packages/(protocol|daemon)/src/(text/)?index", "packages/store/src/agent/index"],
    "hal-agent is made of @hal/protocol, @hal/daemon and @hal/store/agent: what it shares with another program belongs in one of them.",
  ),
  mayOnlySee(
    "apps/halctl",
    ["packages/(protocol|words|daemon)/src/(text/)?index"],
    "halctl asks the supervisor through @hal/protocol's client; work on the database itself is `hal-supervisor db`.",
  ),
  {
    name: "packages-are-entered-by-their-front-door",
    comment: "Import the package by its name, and export there what you need.",
    severity: "error",
    from: { path: "^(packages|apps)/([^/]+)/" },
    to: {
      path: "^(packages|apps)/[^/]+/",
      pathNot: [
        "^$1/$2/",
        "^packages/[^/]+/src/index\\.ts$",
        "^packages/protocol/src/text/index\\.ts$",
        "^packages/store/src/(supervisor|agent)/index\\.ts$",
      ],
    },
  },
];

/** Capabilities of each app from below: one may use those before it. The composition walks the same order. */
export const capabilities = {
  supervisor: [
    "database",
    "audit",
    "access",
    "nodes",
    "events",
    "references",
    "ledger",
    "bills",
    "commands",
    "holds",
    "live",
    "health",
    "sessions",
    "rules",
    "budgets",
    "interactions",
    "prompts",
    "projects",
    "policies",
    "schedules",
    "inbox",
    "channels",
    "notices",
    "incoming",
    "state",
    "why",
  ],
  agent: ["holds", "leases", "rules", "projects", "sessions", "health", "live", "preconditions", "commands"],
  halctl: [
    "access",
    "audit",
    "config",
    "database",
    "events",
    "ledger",
    "bills",
    "budgets",
    "holds",
    "nodes",
    "commands",
    "rules",
    "interactions",
    "prompts",
    "projects",
    "policies",
    "schedules",
    "sessions",
    "inbox",
    "channels",
    "notices",
    "incoming",
    "state",
    "why",
    "doctor",
    "explain",
  ],
};

/** What halctl's commands stand on, and what knows all of them, from below. */
export const halctlParts = [
  "output",
  "settings",
  "connection",
  "live",
  "grammar",
  "capabilities",
  "help",
  "completion",
];

/** What the supervisor's store is made of, from below; its writer is above all of it. */
export const storeParts = [
  "log",
  "idempotency",
  "audit",
  "access",
  "nodes",
  "commands",
  "holds",
  "sessions",
  "health",
  "rules",
  "interactions",
  "prompts",
  "projects",
  "policies",
  "schedules",
  "inbox",
  "channels",
  "incoming",
  "ledger",
  "bills",
  "budgets",
  "removal",
  "told",
  "database",
  "followers",
];

/** Where folders stand one above the other, and in which order from below. */
export const floors = {
  ...Object.fromEntries(Object.entries(capabilities).map(([app, names]) => [`apps/${app}/src/capabilities`, names])),
  "packages/store/src/supervisor": storeParts,
  "apps/halctl/src": halctlParts,
};

/** A folder must not see one that stands above it. */
function looksDown(house, name, above) {
  const [, program] = house.split("/");
  return {
    name: `${program}-${name}-looks-down`,
    comment: `${name} stands below what it imports here: move what both need down, or what needs the upper one up.`,
    severity: "error",
    from: { path: `^${house}/${name}/` },
    to: { path: `^${house}/(${above.join("|")})/` },
  };
}

const layers = [
  ...Object.entries(floors).flatMap(([house, names]) =>
    names.slice(0, -1).map((name, index) => looksDown(house, name, names.slice(index + 1))),
  ),
  {
    name: "what-is-stored-knows-no-writer",
    comment:
      "A folder of the store says what is written, and knows neither who writes it nor what else is: it sees tx.ts, rows.ts, write.ts and folders below it.",
    severity: "error",
    from: { path: `^packages/store/src/supervisor/(${storeParts.join("|")})/` },
    to: {
      path: "^packages/store/src/supervisor/(writer/|(folds|writes|open)\\.ts$)",
    },
  },
  {
    name: "domain-is-pure",
    comment: "domain/ is data in, data out: pass what it needs as a value, and do the rest outside of it.",
    severity: "error",
    from: { path: "^apps/([^/]+)/.*/domain/" },
    to: {
      path: ".",
      pathNot: ["^apps/$1/.*/domain/", "^packages/(protocol|words)/", `${thirdParty}(valibot|croner|jsep)/`],
    },
  },
  {
    name: "capabilities-know-no-door",
    comment:
      "What an app can do sees operations/, log/, other capabilities, context.ts and packages: let the composition root hand the door to it as an argument.",
    severity: "error",
    from: { path: "^apps/[^/]+/src/(capabilities|operations|log)/" },
    to: { path: `^apps/[^/]+/src/(${door}|gate)/` },
  },
  {
    name: "the-log-is-below-everything",
    comment: "log/ sees the store, the clock and what is pure: whoever follows hands in what is to be done.",
    severity: "error",
    from: { path: "^apps/([^/]+)/src/log/" },
    to: { path: "^apps/[^/]+/src/", pathNot: "^apps/$1/src/(domain|log)/" },
  },
  {
    name: "doors-know-no-other-door",
    comment: "A door calls a flow; what two doors share is a flow, a piece of the domain, or in context.ts.",
    severity: "error",
    from: { path: `^apps/([^/]+)/src/${door}/` },
    to: { path: `^apps/[^/]+/src/${door}/`, pathNot: "^apps/$1/src/$2/" },
  },
  {
    name: "halctl-pages-only-show",
    comment: "A page gets a value and gives text: let the command ask and wait, and hand the answer in.",
    severity: "error",
    from: { path: "^apps/halctl/src/capabilities/.*(pages?|-table)\\.ts$" },
    to: {
      path: "^apps/halctl/src/",
      pathNot: "^apps/halctl/src/(output/|capabilities/.*(pages?|-table|/check)\\.ts$)",
    },
  },
  {
    name: "halctl-commands-know-no-table-of-them",
    comment: "command-table.ts lists every verb, and cli.ts runs one: take what you need of them as an argument.",
    severity: "error",
    from: { path: `^apps/halctl/src/(${halctlParts.slice(0, halctlParts.indexOf("help")).join("|")})/` },
    to: { path: "^apps/halctl/src/(command-table|usage|cli|main)\\.ts$" },
  },
  {
    name: "a-back-end-stays-behind-its-door",
    comment:
      "What one version of opencode says and wants to hear is known in opencode/v1 alone: see it as back-end.ts and domain/source-fact.ts, and let agent.ts hand in the rest.",
    severity: "error",
    from: { path: "^apps/agent/src/", pathNot: "^apps/agent/src/(agent\\.ts$|opencode/v1/)" },
    to: { path: ["^apps/agent/src/opencode/v1/", `${thirdParty}@opencode-ai/`] },
  },
  {
    name: "composition-is-not-imported",
    comment:
      "supervisor.ts and agent.ts put everything together and are started by main.ts or cli.ts: take what you need as an argument.",
    severity: "error",
    from: { path: "^apps/[^/]+/src/", pathNot: "^apps/[^/]+/src/(main|cli|index)\\.ts$" },
    to: { path: "^apps/[^/]+/src/(supervisor|agent|main)\\.ts$" },
  },
];

const everywhere = [
  {
    name: "no-circles",
    comment: "These files need each other: move what they share into a third one, or merge them.",
    severity: "error",
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
  },
  {
    name: "nothing-missing",
    comment: "This import leads nowhere: correct the path, or add the dependency to the catalog and the manifest.",
    severity: "error",
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: "published-sources-name-what-they-need",
    comment:
      "A user gets this package without its devDependencies: move the package to `dependencies` in its manifest.",
    severity: "error",
    from: { path: "^packages/(protocol|store)/src/" },
    to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
  },
  {
    name: "no-tests-in-the-product",
    comment: "Tests, their tools and the doubles stay outside of what is shipped: move what you need into src.",
    severity: "error",
    from: { path: "^(packages|apps)/[^/]+/src/", pathNot: "^packages/testkit/" },
    to: { path: ["/test/", "^(e2e|tools|bench)/", "^packages/testkit/", `${thirdParty}(vitest|fast-check)/`] },
  },
];

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [...packages, ...layers, ...everywhere],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(packages|apps)/[^/]+/(dist|migrations)/" },
    // an import of a type is knowledge, too
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@hal/source", "node", "import", "types", "default"],
    },
  },
};
