import { sectionsOf } from "../../tools/page-commands.ts";
import type { WrittenTexts } from "./guide-place.ts";

const [supervisor = "", agent = "", ...parts] = sectionsOf("docs/DEPLOYMENT.md").flatMap(({ json }) => json);

/** What our page has somebody write, and what a unit says beside it: where things are. */
export const OUR_TEXTS: WrittenTexts = {
  supervisor,
  agent,
  variables: `LOG_LEVEL=info
CONFIG_PATH=/etc/hal-o-swarm/supervisor.config.json
DB_PATH=/var/lib/hal-o-swarm/supervisor.db
`,
};

/** Parts of a supervisor's configuration that it shows later. */
export const OUR_PARTS: readonly string[] = parts;
