import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMPONENTS } from "./support/artefacts.ts";
import { DeployPlace, type Ran } from "./support/deploy-place.ts";

const releases = new DeployPlace();
const first = releases.release({ version: "1.0.0" });
const second = releases.release({ version: "2.0.0" });
afterAll(() => releases[Symbol.dispose]());

let place: DeployPlace;
beforeEach(() => {
  place = new DeployPlace();
  place.install(first);
});
afterEach(() => place[Symbol.dispose]());

/** A systemd whose daemons all run, as far as the lines of sh say nothing else; `$version` is what the program is that is meant. */
const STUBS = `
has_systemd() { true; }
judge_machine() { PLATFORM=$(platform); }
advise() { :; }
sleep() { SECONDS=$((SECONDS + 1)); }
version() { current_version "$1"; }
systemctl() {
  printf '%s\\n' "$*" >>"$ASKED"
  case $* in
    *ActiveState*) printf active ;;
    *MainPID*) pid_of "\${!#}" ;;
    start* | restart*) comes_up "$2" "$(version "$2")" ;;
  esac
}
timeout() { shift; "$@"; }
comes_up() { true; }
pid_of() { printf 42; }
ask() { printf 200; }
journalctl() { :; }
`;

function upgrade(broken: string): Ran & { readonly asked: string[] } {
  const asked = path.join(place.folder, "asked");
  const result = place.source(
    `${STUBS}${broken}\nOPTION[from]='${second}'\nrestart_what_runs\ninstall_components ${COMPONENTS.join(" ")}`,
    { ASKED: asked },
  );
  return {
    ...result,
    asked: readFileSync(asked, "utf8")
      .split("\n")
      .filter((line) => /^(re)?start |^daemon|^stop /.test(line)),
  };
}

const versions = (): string[] => COMPONENTS.map((program) => place.version(program));

describe("an upgrade", () => {
  it("restarts what runs, in order, and stays where that is well", () => {
    const { code, asked } = upgrade("");
    expect([code, versions(), asked]).toEqual([
      0,
      ["2.0.0", "2.0.0", "2.0.0"],
      ["daemon-reload", "restart hal-supervisor", "restart hal-agent"],
    ]);
  });

  it.each([
    ["does not start", "comes_up() { [ $2 = 1.0.0 ]; }", "it did not start"],
    [
      "ends again",
      "pid_of() { if [ $(version $1) = 1.0.0 ]; then printf 42; else printf $RANDOM$SECONDS; fi; }",
      "it ended again",
    ],
    [
      "is never ready",
      "ask() { if [ $(version hal-supervisor) = 1.0.0 ]; then printf 200; else printf 503; fi; }",
      "/readyz says 503",
    ],
    ["says nothing", "ask() { [ $(version hal-supervisor) = 1.0.0 ] && printf 200; }", "/readyz says nothing"],
  ])("whose supervisor %s is taken back, with units and backups, and what ran runs again", (_, broken, reason) => {
    const before = place.tree().filter((line) => !/^(run|usr\/local\/lib)/.test(line));
    const withoutTimes = (tree: string[]): string[] => tree.map((line) => line.replace(/ \d{10,}[.\d]* /, " "));
    const { code, err, asked } = upgrade(broken);
    expect([code, err.split("\n")]).toEqual([
      1,
      [
        expect.stringContaining(`hal-supervisor is not well (`),
        "test: going back to what was installed before",
        "test: the version before is installed again, and runs",
        "",
      ],
    ]);
    expect(err).toContain(reason);
    expect(withoutTimes(place.tree().filter((line) => !/^(run|usr\/local\/lib)/.test(line)))).toEqual(
      withoutTimes(before),
    );
    expect(asked).toEqual(["daemon-reload", "restart hal-supervisor", "daemon-reload", "restart hal-supervisor"]);
  });

  it("whose agent is not well takes the supervisor back, too", () => {
    const { code, asked } = upgrade("comes_up() { [ $1 = hal-supervisor ] || [ $2 = 1.0.0 ]; }");
    expect([code, versions()]).toEqual([1, ["1.0.0", "1.0.0", "1.0.0"]]);
    expect(asked.slice(3)).toEqual(["daemon-reload", "restart hal-supervisor", "restart hal-agent"]);
  });

  it("that is interrupted while it waits is taken back", () => {
    const { code, err } = upgrade("comes_up() { if [ $2 = 2.0.0 ]; then kill -TERM $$; fi; }");
    expect([code, versions()]).toEqual([143, ["1.0.0", "1.0.0", "1.0.0"]]);
    expect(err).toContain("the version before is installed again, and runs");
  });

  it("that had changed the database has the copy from before that put in its place", () => {
    const database = path.join(place.folder, "supervisor.db");
    mkdirSync(place.folder, { recursive: true });
    writeFileSync(`${database}.before-migration`, "");
    const { code, err, asked } = upgrade(`
comes_up() { [ $2 = 1.0.0 ] && [ -e '${database}.restored' ]; }
journalctl() { echo "hal-supervisor: the database ${database} was written by a newer version of this program; upgrade it"; }
as_service() { shift 4; : >'${database}.restored'; [ "$*" = '${database}.before-migration --db-path ${database}' ]; }`);
    expect([code, versions()]).toEqual([1, ["1.0.0", "1.0.0", "1.0.0"]]);
    expect(err).toContain(`${database} was changed by the newer version; its copy from before that takes its place`);
    expect(asked.slice(-3)).toEqual(["restart hal-supervisor", "stop hal-supervisor", "start hal-supervisor"]);
  });

  it("says so where the version before is not well either", () => {
    const { code, err } = upgrade("comes_up() { false; }");
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/is installed again, but hal-supervisor is not well \(it did not start\)/),
    ]);
  });
});

describe("whether the supervisor is ready", () => {
  const told = (config: string): string => {
    place.write("/etc/hal-o-swarm/supervisor.config.json", config);
    return place.source('settle_places; ask() { echo "$1 $2"; }; readiness hal-supervisor').out.trim();
  };

  it.each([
    ["{}", "127.0.0.1 8421"],
    ['{ "server": { "http_port": 9000, "host": "0.0.0.0" } }', "127.0.0.1 9000"],
    ['{ "server": { "host": "10.0.0.5",\n "port": 1, "http_port": 9000 } }', "10.0.0.5 9000"],
    ['{ "server": { "http_port": 0 } }', "unasked"],
    ['{ "server": { "http_port": "${PORT}" } }', "unasked"],
    ['{ "server": { "host": "${HOST}" } }', "unasked"],
  ])("is asked, by %s, at %s", (config, asked) => {
    expect(told(config)).toBe(asked);
  });
});
