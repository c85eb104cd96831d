import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { endWithUs, forget } from "../harness/reaper.ts";
import { Installation, MEDIA } from "./installation.ts";
import { type Change, type Release, reissue } from "./release.ts";
import { baseRoot, type Furnishing, type Suite } from "./rig/base-root.ts";
import { Machine } from "./rig/machine.ts";

interface TestBedOptions {
  readonly suite: Suite;
  readonly release: Release;
  /** the folder `deploy` */
  readonly deploy: string;
  readonly opencode: string;
  readonly say: (line: string) => void;
}

interface MachineParts {
  readonly has?: Furnishing;
  /** releases beside the one that is proven, by the name of their folder beside that */
  readonly releases?: Readonly<Record<string, Release>>;
}

/** What a scene is played on. */
export class TestBed implements Disposable {
  readonly suite: Suite;
  readonly release: Release;
  readonly #deploy: string;
  readonly #opencode: string;
  readonly #say: (line: string) => void;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "hal-releases-"));

  constructor({ suite, release, deploy, opencode, say }: TestBedOptions) {
    this.suite = suite;
    this.release = release;
    this.#deploy = deploy;
    this.#opencode = opencode;
    this.#say = say;
    endWithUs("folder", this.#folder);
  }

  /** A machine that is up, and to which the release and the scripts were brought; whoever asks takes it down. */
  async machine(name: string, { has = "tools", releases = {} }: MachineParts = {}): Promise<Machine> {
    const brought = Object.entries(releases).map(([folder, { folder: from }]) => [`/media/hal/${folder}`, from] as const);
    const sees = {
      [MEDIA.deploy]: this.#deploy,
      [MEDIA.release]: this.release.folder,
      ...(has === "bare" ? {} : { [MEDIA.opencode]: this.#opencode }),
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

  /** Both daemons run with a model and these projects, as the guide does it. */
  async running(machine: Machine, ...projects: readonly string[]): Promise<Installation> {
    const installation = new Installation(machine);
    await installation.mustScript("install-release.sh", `--all --from ${MEDIA.release}`);
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
