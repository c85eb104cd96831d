/** Something that others made and an artefact brings, such as an npm package or the Node runtime. */
export interface Part {
  readonly name: string;
  readonly version: string;
  /** its package URL, which is its name in the bill of materials, too */
  readonly purl: string;
  readonly kind: "library" | "platform";
  /** an SPDX expression */
  readonly licence: string;
  readonly author?: string | undefined;
  readonly homepage?: string | undefined;
  /** of its package as the registry has it, in hexadecimal */
  readonly sha512?: string | undefined;
  /** what its licence asks to hand on with it, by the names of the files */
  readonly notices: Readonly<Record<string, string>>;
  /** of the parts that it uses, the package URLs */
  readonly uses: readonly string[];
}

/** The folder below `licenses/` in which a part's notices are. */
export function noticesFolder({ name, version }: Part): string {
  return `${name.replace("/", "__")}-${version}`;
}
