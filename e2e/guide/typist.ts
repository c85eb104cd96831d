import { spawnSync } from "node:child_process";
import { kindOf, programOf } from "../../tools/command-kind.ts";
import { hostCommandOf } from "../../tools/host-commands.ts";
import type { PageCommand } from "../../tools/page-commands.ts";
import { eventually } from "../harness/eventually.ts";
import { GuidePlace, type ShellResult, type WrittenTexts } from "./guide-place.ts";
import { ServiceManager } from "./service-manager.ts";

/** What stands on the page in capitals, and what it is here. */
type Values = Readonly<Record<string, string>>;

export interface Incident {
  /** what the page's words in capitals are, when it is there to be seen */
  readonly values?: Values;
  /** what a person mends by hand, where the page has them edit something or start it again */
  readonly mend?: () => void | Promise<void>;
}

/** Somebody who types what stands on a page, on a machine of their own, and sees what comes of it. */
export class Typist implements AsyncDisposable {
  readonly place: GuidePlace;
  readonly services: ServiceManager;
  /** what was printed since an incident began */
  seen = "";
  #incident: Incident = {};
  #isMended = false;

  private constructor(place: GuidePlace) {
    this.place = place;
    this.services = new ServiceManager(place);
  }

  static async open(opencode: string, texts: WrittenTexts): Promise<Typist> {
    return new Typist(await GuidePlace.open(opencode, texts));
  }

  /** From now on it is about that. */
  begin(incident: Incident): void {
    this.#incident = incident;
    this.#isMended = false;
  }

  /** Whether whatever it takes to type that is on this machine. */
  canType({ typed }: PageCommand): boolean {
    return kindOf(typed) !== "program" || isHere(typed);
  }

  /** Types a command of a page, and says whether it ended as the page says; one of the machine has only its effect on our programs. */
  async type({ typed, exits }: PageCommand): Promise<ShellResult & { readonly isAsSaid: boolean }> {
    if (kindOf(typed) === "program") {
      const { code, out } = await this.#run(typed);
      return { isAsSaid: code === 0 || code === exits, code, out };
    }
    const isMending = hostCommandOf(typed)?.kind === "editor" || / (?:start|restart|reset-failed) /.test(typed);
    if (isMending && !this.#isMended) await this.#incident.mend?.();
    this.#isMended ||= isMending;
    await this.services.take(typed);
    return { isAsSaid: true, code: 0, out: "" };
  }

  /** What a command prints; that is seen, too. */
  async look(typed: string): Promise<string> {
    return (await this.#run(typed)).out;
  }

  /** Waits until a node is online and the supervisor ready, and returns what says so. */
  isWell(): Promise<string> {
    return eventually(async () => {
      const all = `${await this.look("curl -s http://localhost:8421/readyz")}\n${await this.look("halctl nodes list")}`;
      if (!/"status":"healthy"[^]* online /.test(all)) throw new Error(all);
      return all;
    }, 60_000);
  }

  get logs(): readonly string[] {
    return this.place.logs;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.place[Symbol.asyncDispose]();
  }

  /** Types what stands there, with what the words in capitals are here. */
  async #run(typed: string): Promise<ShellResult> {
    const { values = {} } = this.#incident;
    const result = await this.place.run(typed.replaceAll(/\b[A-Z]{2,}\b/g, (word) => values[word] ?? word));
    this.seen += `${result.out}\n`;
    return result;
  }
}

/** Whether the programs of a command line are there; ours are. */
function isHere(typed: string): boolean {
  const env = { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  return typed.split(" | ").every((part) => {
    const program = programOf(part);
    return program.startsWith("hal") || spawnSync("bash", ["-c", `command -v ${program}`], { env }).status === 0;
  });
}
