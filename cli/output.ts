import { commandEndOf } from './command-end.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

export type Printed = {
  readonly json: unknown;
  readonly text: string;
  readonly exit?: ExitCode;
};

/**
 * Runs a command's work and prints its one result: JSON and nothing else where scripts ask for it.
 * A failure is printed the same way, with a sentence for people on the other stream.
 */
export async function printResult(
  json: boolean | undefined,
  work: () => Promise<Printed>,
): Promise<void> {
  try {
    const result = await work();
    console.log(json ? JSON.stringify(result.json) : result.text);
    process.exitCode = result.exit ?? EXIT.ok;
  } catch (error) {
    const { code, message, exit } = commandEndOf(error);
    if (json) console.log(JSON.stringify({ error: { code, message } }));
    console.error(message);
    process.exitCode = exit;
  }
}
