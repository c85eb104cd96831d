/** What a rule says, whoever it is about: a session is started or prompted for what it takes. */
export interface IncomingRule {
  /** such as `issues.labeled`; of a program what its `type` says */
  readonly event: string;
  readonly project: string;
  readonly node?: string | undefined;
  readonly agent?: string | undefined;
  readonly model?: string | undefined;
  /** what the session is told, in front of what somebody wrote */
  readonly prompt?: string | undefined;
  /** only of this repository */
  readonly repository?: string | undefined;
  /** who may, where that is not whoever belongs to the repository */
  readonly users?: readonly string[] | undefined;
  readonly label?: string | undefined;
  /** what a comment begins with */
  readonly prefix?: string | undefined;
  readonly branches?: readonly string[] | undefined;
  /** what fields have to be, by their paths */
  readonly where?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** the field that names what it is about */
  readonly thing?: string | undefined;
  /** so many of what nobody was behind it takes for one branch or thing in a day */
  readonly most_per_day: number;
}
