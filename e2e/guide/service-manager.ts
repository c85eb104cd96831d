import { eventually } from "../harness/eventually.ts";
import type { Program } from "../harness/program.ts";
import { statusOf } from "../harness/status-of.ts";
import type { GuidePlace } from "./guide-place.ts";

type Service = "hal-supervisor" | "hal-agent";

/** Does with the programs of a place what its units would have systemd do; of all that systemd is asked, only that. */
export class ServiceManager {
  readonly #place: GuidePlace;

  constructor(place: GuidePlace) {
    this.#place = place;
  }

  /** Takes a command line; one that changes nothing in a service is taken, too, and does nothing. */
  async take(typed: string): Promise<void> {
    const [, verb = "", names = ""] = /^sudo systemctl (start|stop|restart|reload)((?: hal-\w+)+)$/.exec(typed) ?? [];
    for (const name of names.trim().split(" ").filter(Boolean)) {
      const service = name as Service;
      if (verb === "stop") await this.#place.running(service)?.stop();
      if (verb === "restart") await this.#leave(service);
      if (verb === "start" || verb === "restart") await this.#start(service);
      if (verb === "reload") process.kill((this.#place.running(service) as Program).pid, "SIGHUP");
    }
  }

  async #start(service: Service): Promise<void> {
    if (this.#place.running(service) !== undefined) return;
    if (service === "hal-agent") {
      const agent = this.#place.startAgent();
      await eventually(() => {
        if (!agent.log.includes("hal-agent is running")) throw new Error("it is not ready");
      });
      return;
    }
    this.#place.startSupervisor();
    await eventually(async () => {
      if ((await statusOf(this.#place.at("http://localhost:8421/readyz"))) !== 200) throw new Error("it is not ready");
    });
  }

  /** As before a start anew: an agent leaves its opencode to the next one. */
  async #leave(service: Service): Promise<void> {
    const program = this.#place.running(service);
    if (program === undefined) return;
    program.allowEnd();
    if (service === "hal-agent") process.kill(program.pid, "SIGUSR2");
    else await program.stop();
    await program.ended;
  }
}
