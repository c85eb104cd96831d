import { describe } from "vitest";
import type { Abilities } from "../../src/back-end.ts";
import { OPENCODE_ABILITIES } from "../../src/opencode/v1/client.ts";
import { conformance } from "./conformance.ts";
import { openDouble } from "./scripted-double.ts";

const NOTHING: Abilities = {
  can: {
    queue: false,
    steer: false,
    permission: false,
    question: false,
    todos: false,
    diff: false,
    format: false,
    files: false,
    fork: false,
  },
  history: "snapshot",
  cost: "turn",
  servers: "one",
};

describe("the double of opencode is a back end", () => {
  conformance(OPENCODE_ABILITIES, () => openDouble(OPENCODE_ABILITIES));
});

describe("one that can next to nothing is a back end, too", () => {
  conformance(NOTHING, () => openDouble(NOTHING));
});
