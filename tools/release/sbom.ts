import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import type { Part } from "./part.ts";

interface Described {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  /** the time that it is said to be of, in seconds */
  readonly epoch: number;
  readonly parts: readonly Part[];
  /** package URLs of the parts that the program itself uses */
  readonly used: readonly string[];
}

const KINDS = { library: Enums.ComponentType.Library, platform: Enums.ComponentType.Platform };

/** The bill of materials of an artefact: CycloneDX 1.6, as JSON. The same artefact has the same one. */
export function sbom({ name, version, platform, epoch, parts, used }: Described): string {
  const program = new Models.Component(Enums.ComponentType.Application, name, {
    version,
    bomRef: `${name}@${version}`,
    purl: `pkg:generic/${name}@${version}?arch=${platform.replace("linux-", "")}&os=linux`,
    licenses: new Models.LicenseRepository([new Models.SpdxLicense("MIT")]),
  });
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: program, timestamp: new Date(epoch * 1000) }),
  });
  const components = new Map(parts.map((part) => [part.purl, componentOf(part)]));
  const refOf = (purl: string) => {
    const component = components.get(purl);
    if (component === undefined) throw new Error(`${purl} is used and is no part of ${name}`);
    return component.bomRef;
  };
  for (const component of components.values()) bom.components.add(component);
  for (const purl of used) program.dependencies.add(refOf(purl));
  for (const part of parts) for (const purl of part.uses) components.get(part.purl)!.dependencies.add(refOf(purl));
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return `${new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function componentOf({ name, version, purl, kind, licence, author, homepage, sha512 }: Part) {
  const [, group, base] = /^(?:(@[^/]+)\/)?(.+)$/.exec(name)!;
  return new Models.Component(KINDS[kind], base!, {
    version,
    purl,
    bomRef: purl,
    licenses: new Models.LicenseRepository([new Models.LicenseExpression(licence)]),
    hashes: new Models.HashDictionary(sha512 === undefined ? [] : [[Enums.HashAlgorithm["SHA-512"], sha512]]),
    ...(group === undefined ? {} : { group }),
    ...(author === undefined ? {} : { author }),
    ...(homepage === undefined
      ? {}
      : { externalReferences: new Models.ExternalReferenceRepository([websiteOf(homepage)]) }),
  });
}

function websiteOf(homepage: string) {
  return new Models.ExternalReference(homepage, Enums.ExternalReferenceType.Website);
}
