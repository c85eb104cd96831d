import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toldProjects } from "../../../src/supervisor/index.ts";
import { HELLO, LogStage, NODE } from "../../support/log-stage.ts";

let stage: LogStage;
beforeAll(async () => {
  stage = await LogStage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());

it("are read from a database that is in use, and from one that is not, and nothing there is touched", async () => {
  const file = stage.store.sqlite.driver.name;
  expect(toldProjects(file)).toBeUndefined();
  const projects = [{ name: "web", directory: "/srv/web", state: "ready" }];
  stage.store.sqlite.driver
    .prepare("update nodes set projects = ? where id = ?")
    .run(JSON.stringify([...projects, { ...projects[0], name: "api" }]), NODE);
  expect(HELLO.projects).toEqual([]);
  expect(toldProjects(file)).toEqual(["api", "web"]);

  const copy = join(stage.folder, "copy");
  await stage.store.sqlite.driver.backup(copy);
  stage.store.sqlite.driver.pragma("wal_checkpoint(truncate)");
  const before = [readdirSync(stage.folder).toSorted(), readFileSync(copy)];
  expect(toldProjects(copy)).toEqual(["api", "web"]);
  expect([readdirSync(stage.folder).toSorted(), readFileSync(copy)]).toEqual(before);
});

it("are not known where there is no database, or none that can be read", () => {
  expect(toldProjects(join(stage.folder, "nowhere"))).toBeUndefined();
  const damaged = join(stage.folder, "damaged");
  writeFileSync(damaged, "no database at all");
  expect(toldProjects(damaged)).toBeUndefined();
  writeFileSync(damaged, "");
  expect(toldProjects(damaged)).toBeUndefined();
});
