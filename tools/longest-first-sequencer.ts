import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes minutes begins first, so that nothing waits for it alone at the end. */
const LONGEST = /\/e2e\/(chaos\/chaos|secrets|rotation)\.story\./;

/** The order of vitest, by which big files go first, with the longest of all in front of them. */
export default class LongestFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array that sorts
    const usual = await super.sort(files);
    const isLongest = ({ moduleId }: TestSpecification): boolean => LONGEST.test(moduleId);
    return [...usual.filter(isLongest), ...usual.filter((file) => !isLongest(file))];
  }
}
