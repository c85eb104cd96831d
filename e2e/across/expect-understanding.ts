import assert from "node:assert/strict";
import type { Stage } from "../harness/stage.ts";

const REFUSED =
  /^hal_o_swarm_(?:frames_ignored|frame_fields_dropped|event_holes|references_refused)_total(?:\{.*\})? [^0].*$/gm;

/** Nothing that came over the wire was ignored, dropped or found wrong, and nothing is missing. */
export async function expectUnderstanding(stage: Stage): Promise<void> {
  for (const type of ["event.invalid", "gap"])
    assert.deepEqual(
      (await stage.events({ type })).map(({ data }) => data),
      [],
    );
  const metrics = await (await fetch(`http://127.0.0.1:${stage.ports.http}/metrics`)).text();
  assert.deepEqual(metrics.match(REFUSED) ?? [], []);
  assert.match(metrics, /^hal_o_swarm_frames_ignored_total 0$/m);
}
