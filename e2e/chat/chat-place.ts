/** A platform with one channel, as the people of a story see it. */
export interface ChatPlace extends AsyncDisposable {
  /** as a chapter of a document names it */
  readonly name: string;
  /** the section of the configuration */
  readonly section: Readonly<Record<string, unknown>>;
  /** What everybody sees in the channel, oldest first, and what somebody alone was told. */
  transcript(): string;
  /** What one person alone was told. */
  toldTo(person: Persona): string;
  /** Types a command with its words, by the names that the platform asks for them. */
  type(person: Persona, command: string, words?: Readonly<Record<string, string>>): Promise<void>;
  /** Presses the button with that label at the newest message that has one. */
  press(person: Persona, label: string): Promise<void>;
  /** Fills in the form that is open, by the ids of its inputs. */
  fillIn(person: Persona, values: Readonly<Record<string, string | readonly string[]>>): Promise<void>;
  /** What the open form asks. */
  form(): string;
  /** What the platform refused, and what else it had to say against what it was sent. */
  complaints(): readonly string[];
}

/** `ann` may operate, `bob` was given no role beyond looking. */
export type Persona = "ann" | "bob";
