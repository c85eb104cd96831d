import type { TargetView } from "@hal/protocol";
import { span, thousands } from "@hal/words";
import { type Check, note, ok, problem } from "./check.ts";

/** Whether notices arrive where they are sent. */
export function checkChannels(targets: readonly TargetView[], now: number): Check[] {
  return targets.map((target) => {
    const { name, state, to, reason, since, waiting } = target;
    const waits = waiting === 0 ? "" : `; ${thousands(waiting)} notices wait`;
    const age = since === null ? "" : ` for ${span(Math.max(0, now - Date.parse(since)))}`;
    switch (state) {
      case "working":
        return ok("channel", `${name}: the last notice arrived`);
      case "untried":
        return note("channel", `${name}: nothing was sent to it yet, so nobody knows whether it arrives`, test(name));
      case "failing":
        return problem(
          "channel",
          `${name} takes nothing${age}: ${reason}${waits}`,
          "halctl notices list; it is tried again by itself",
        );
      case "stopped":
        return problem(
          "channel",
          `${name} is stopped${age}: ${reason}${waits}`,
          to === "" ? "name it in the supervisor's configuration again" : `mend what it names, then: ${test(name)}`,
        );
      default:
        return state satisfies never;
    }
  });
}

function test(name: string): string {
  return `halctl channels test ${name}`;
}
