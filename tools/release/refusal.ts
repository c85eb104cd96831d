/** Why a command of the release does not do what it was asked, in one line that says what to do. */
export class Refusal extends Error {}

/** Runs a command; a refusal is said in its one line, and ends it with exit code 1. */
export async function refusing(command: () => Promise<void> | void): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
