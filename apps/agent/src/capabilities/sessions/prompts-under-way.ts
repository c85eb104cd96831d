import { HalError } from "@hal/protocol";

/** Where a turn is to begin. */
export interface Beginning {
  readonly project: string | undefined;
  /** undefined of one that is not there yet */
  readonly sessionId?: string | undefined;
}

/** A command that has begun and means to prompt. */
interface UnderWay {
  readonly commandId: string;
  readonly project: string | undefined;
  state: "coming" | "kept" | "posting";
}

/** What a command does with its prompt while it is under way, which it is until it is disposed of. */
export interface PromptUnderWay extends Disposable {
  /** Throws HalError where everything was stopped since, or nothing may begin there. */
  refuseStopped(): void;
  /** Marks it as on its way to opencode; throws HalError where everything was stopped before, or nothing may begin there. */
  post(): void;
}

/** The prompts that commands are about to give to opencode, which does not know of them yet (protocol §5.8). */
export class PromptsUnderWay {
  readonly #all = new Set<UnderWay>();
  readonly #refuse: (beginning: Beginning) => void;

  /** `refuse` throws where nothing may begin. */
  constructor(refuse: (beginning: Beginning) => void) {
    this.#refuse = refuse;
  }

  /** A command begins that means to prompt in a project. */
  begin(commandId: string, beginning: Beginning): PromptUnderWay {
    const { project } = beginning;
    const prompt: UnderWay = { commandId, project, state: "coming" };
    this.#all.add(prompt);
    const refuseStopped = (): void => {
      if (prompt.state === "kept") throw stoppedBefore();
      this.#refuse(beginning);
    };
    return {
      refuseStopped,
      post: () => {
        refuseStopped();
        prompt.state = "posting";
      },
      [Symbol.dispose]: () => void this.#all.delete(prompt),
    };
  }

  /** Keeps from opencode what has not been posted, of one project or of all; the commands that meant to. */
  stop(project: string | undefined): string[] {
    const kept = this.#of(project).filter(({ state }) => state !== "posting");
    for (const prompt of kept) prompt.state = "kept";
    return kept.map(({ commandId }) => commandId);
  }

  /** Whether one is on its way, in a project or anywhere, of which opencode may not say yet that it works at it. */
  isPosting(project: string | undefined): boolean {
    return this.#of(project).some(({ state }) => state === "posting");
  }

  #of(project: string | undefined): UnderWay[] {
    return [...this.#all].filter((prompt) => project === undefined || prompt.project === project);
  }
}

/** How a command fails that everything was stopped after. */
export function stoppedBefore(): HalError {
  return new HalError("cancelled", "everything was stopped before its prompt reached opencode");
}
