import type { CommandView, PromptView } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { showAsked, showWaiting } from "../../src/chat/show-asked.ts";

const WORDS = { did: "ann restarted", wants: "ann wants to restart" };

function command(state: CommandView["state"], reason: string): CommandView {
  return { state, reason, project: "web", session_id: "ses_1" } as CommandView;
}

describe("what everybody is told of a command that somebody typed", () => {
  it.each<[CommandView["state"], string, string]>([
    ["succeeded", "done", "ann restarted web"],
    ["failed", "nothing runs", "ann wants to restart web, but it was not done: nothing runs"],
    ["expired", "no answer in 30 s", "ann wants to restart web, but it was not done: no answer in 30 s"],
    ["queued", "the node is away", "ann wants to restart web: the node is away"],
    ["running", "running for 3 s", "ann wants to restart web: running for 3 s"],
  ])("%s", (state, reason, title) => {
    expect(showAsked({ command: command(state, reason) }, WORDS)).toMatchObject({ title, footer: "ses_1" });
  });

  it("names the session that came of it, and what was said, as far as people read", () => {
    const said = "ä".repeat(400);
    const shown = showAsked({ command: command("succeeded", "done"), session_id: "ses_2" }, { ...WORDS, said });
    expect(shown).toMatchObject({ footer: "ses_2", text: `${"ä".repeat(300)}…` });
  });

  it("says of a prompt that waits what it waits for", () => {
    const prompt = { text: "go on", project: "web", reason: "it is sent next", session_id: "ses_1" } as PromptView;
    expect(showWaiting(prompt, "ann")).toMatchObject({
      title: "ann wants to prompt web: it is sent next",
      text: "go on",
    });
  });
});
