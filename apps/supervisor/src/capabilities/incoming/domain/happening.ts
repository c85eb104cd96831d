/** Where an answer is written: under the issue, or at the commit. */
export type AnswerPlace =
  | { readonly kind: "comment"; readonly path: string; readonly since: string }
  | { readonly kind: "status"; readonly repository: string; readonly sha: string };

/** What is known of whoever did something: who belongs to a project may have a session begin. */
export type Standing = "member" | "stranger" | "unknown";

/** Something that somebody wrote, and what it is. */
export interface Words {
  readonly what: string;
  readonly text: string;
}

/** What a service told, in words of our own. */
export interface Happening {
  /** such as `issues.labeled` */
  readonly event: string;
  /** such as `octo/web` */
  readonly repository: string;
  /** what it is about, such as `issue/7` or `branch/main`: one case is each of them */
  readonly thing: string;
  /** who did it there */
  readonly person: string;
  readonly isBot: boolean;
  readonly standing: Standing;
  /** when it happened, as it says itself; undefined where it says nothing */
  readonly at: number | undefined;
  /** the labels that were put on it */
  readonly labels?: readonly string[] | undefined;
  /** the branch of which it tells */
  readonly branch?: string | undefined;
  /** what was commented */
  readonly comment?: string | undefined;
  /** whether nobody was behind it, as where a run failed */
  readonly isAutomatic: boolean;
  readonly words: readonly Words[];
  readonly answerAt: AnswerPlace | undefined;
  /** all that was said, for rules that go by its fields */
  readonly body: unknown;
}

/** What was read: something that rules judge, or why it is nothing for them. */
export type Read =
  | { readonly kind: "happening"; readonly happening: Happening }
  | { readonly kind: "nothing"; readonly reason: string };

export function nothing(reason: string): Read {
  return { kind: "nothing", reason };
}
