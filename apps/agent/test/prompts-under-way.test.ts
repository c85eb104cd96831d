import { describe, expect, it } from "vitest";
import { PromptsUnderWay } from "../src/capabilities/sessions/prompts-under-way.ts";

describe("prompts that commands are about to give to opencode", () => {
  it("are kept from it by a stop, each of which names those that are still under way", () => {
    const prompts = new PromptsUnderWay(() => undefined);
    using first = prompts.begin("cmd_1", { project: "p1" });
    const second = prompts.begin("cmd_2", { project: "p1" });
    using elsewhere = prompts.begin("cmd_3", { project: "p2" });
    expect(prompts.stop("p1")).toEqual(["cmd_1", "cmd_2"]);
    second[Symbol.dispose]();
    expect(prompts.stop("p1")).toEqual(["cmd_1"]);
    expect(() => first.post()).toThrow("everything was stopped before its prompt reached opencode");
    elsewhere.post();
    expect(prompts.stop(undefined)).toEqual(["cmd_1"]);
  });

  it("are on their way from the moment they are posted until their command is over, where their project is", () => {
    const prompts = new PromptsUnderWay(() => undefined);
    const prompt = prompts.begin("cmd_1", { project: "p1" });
    const isPosting = (): boolean[] => [undefined, "p1", "p2"].map((project) => prompts.isPosting(project));
    expect(isPosting()).toEqual([false, false, false]);
    prompt.post();
    expect(isPosting()).toEqual([true, true, false]);
    prompt[Symbol.dispose]();
    expect(isPosting()).toEqual([false, false, false]);
  });

  it("may begin again after a stop", () => {
    const prompts = new PromptsUnderWay(() => undefined);
    prompts.stop(undefined);
    using later = prompts.begin("cmd_1", { project: "p1" });
    expect(() => later.post()).not.toThrow();
  });
});
