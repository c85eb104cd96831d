import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { endWithUs, forget } from "../harness/reaper.ts";
import { Installation, MEDIA } from "./installation.ts";
import { type Change, type Release, reissue, versionBeside } from "./release.ts";
import { baseRoot, type Furnishing, type Suite } from "./rig/base-root.ts";
import { Machine } from "./rig/machine.ts";

interface TestBedOptions {
  readonly suite: Suite;
  readonly release: Release;
  /** the release before that; where none is said, the same programs under the version before stand for it */
  readonly before: Release | undefined;
  /** how many broken releases are tried */
  readonly rounds: number;
  /** the folder `deploy` */
  readonly deploy: string;
  readonly opencode: string;
  readonly say: (line: string) => void;
}

interface MachineParts {
  readonly has?: Furnishing;
  /** whether it has opencode, as machines with tools have */
  readonly opencode?: boolean;
  /** releases beside the one that is proven, by the name of their folder beside that */
  readonly releases?: Readonly<Record<string, Release>>;
}

/** What a scene is played on. */
export class TestBed implements Disposable {
  readonly suite: Suite;
  readonly release: Release;
  readonly rounds: number;
  readonly #before: Release | undefined;
  readonly #deploy: string;
  readonly #opencode: string;
  readonly #say: (line: string) => void;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "hal-releases-"));

  constructor({ suite, release, before, rounds, deploy, opencode, say }: TestBedOptions) {
    this.suite = suite;
    this.release = release;
    this.#before = before;
    this.rounds = rounds;
    this.#deploy = deploy;
    this.#opencode = opencode;
    this.#say = say;
    endWithUs("folder", this.#folder);
  }

  /** A machine that is up, and to which the release and the scripts were brought; whoever asks takes it down. */
  async machine(
    name: string,
    { has = "tools", opencode = has === "tools", releases = {} }: MachineParts = {},
  ): Promise<Machine> {
    const brought = Object.entries(releases).map(
      ([folder, { folder: from }]) => [`/media/hal/${folder}`, from] as const,
    );
    const sees = {
      [MEDIA.deploy]: this.#deploy,
      [MEDIA.release]: this.release.folder,
      ...(opencode ? { [MEDIA.opencode]: this.#opencode } : {}),
      ...Object.fromEntries(brought),
    };
    const machine = new Machine({ name, base: baseRoot(this.suite, has, this.#say), sees });
    try {
      await machine.boot();
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The release under another version, or changed, for as long as the test bed is there. */
  reissue(version: string, change?: Change): Release {
    return reissue(this.release, mkdtempSync(path.join(this.#folder, "release-")), version, change);
  }

  before(): Release {
    return this.#before ?? this.reissue(versionBeside(this.release.version, -1));
  }

  /** Both daemons run with a model and these projects, as the guide does it. */
  async running(machine: Machine, projects: readonly string[], from: string = MEDIA.release): Promise<Installation> {
    const installation = new Installation(machine);
    await installation.mustScript("install-release.sh", `--all --from ${from}`);
    await installation.haveModel();
    await installation.addProjects(...projects);
    await machine.must("systemctl start hal-supervisor hal-agent");
    await installation.nodesUp();
    return installation;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
    forget("folder", this.#folder);
  }
}
