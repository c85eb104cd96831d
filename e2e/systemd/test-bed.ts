import { type Furnishing, baseRoot, type Suite } from "./rig/base-root.ts";
import { Machine } from "./rig/machine.ts";

interface TestBedOptions {
  readonly suite: Suite;
  /** where the release's archives are, with their checksums */
  readonly artefacts: string;
  readonly say: (line: string) => void;
}

/** What a scene is played on. */
export class TestBed {
  readonly suite: Suite;
  readonly artefacts: string;
  readonly say: (line: string) => void;

  constructor({ suite, artefacts, say }: TestBedOptions) {
    this.suite = suite;
    this.artefacts = artefacts;
    this.say = say;
  }

  /** A machine that is up; whoever asks takes it down. */
  async machine(
    name: string,
    { has = "tools", sees = {} }: { has?: Furnishing; sees?: Readonly<Record<string, string>> } = {},
  ): Promise<Machine> {
    const machine = new Machine({ name, base: baseRoot(this.suite, has, this.say), sees });
    try {
      await machine.boot();
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }
}
