import { inLines } from "@hal/protocol/text";

/** Where a program's own words go that are no log: standard output or standard error. */
export interface TextSink {
  write(text: string): unknown;
}

/** Writes what a person is told, line feed included; others' words in it steer no terminal. */
export function printText(sink: TextSink, text: string): void {
  void sink.write(`${inLines(text)}\n`);
}
