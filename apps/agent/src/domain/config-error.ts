import { HalError } from "@hal/protocol";

/**
 * opencode could not read what is configured for a directory. Whatever it does there, it reads that first, so nothing of
 * it runs there, and nothing will as long as this run of it lives.
 */
export class ConfigError extends HalError {
  /** undefined where it is in no file */
  readonly file: string | undefined;

  constructor(message: string, file: string | undefined) {
    super("opencode_error", message);
    this.file = file;
  }
}
