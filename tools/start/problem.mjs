/** A reason to stop that a person can act on: shown as one line, without a stack. */
export class Problem extends Error {
  /**
   * @param {string} message
   * @param {number} exitCode
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.name = "Problem";
    this.exitCode = exitCode;
  }
}
