import { describe, inject } from "vitest";
import { OPENCODE_ABILITIES } from "../apps/agent/src/opencode/v1/client.ts";
import { conformance } from "../apps/agent/test/conformance/conformance.ts";
import { openOpencode } from "../apps/agent/test/conformance/real-opencode.ts";

describe("opencode 1.18 is a back end", () => {
  conformance(OPENCODE_ABILITIES, () => openOpencode(inject("opencode")));
});
