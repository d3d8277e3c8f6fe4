import { OvermindError } from '../domain/shared/errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

export type CommandEnd = {
  readonly code: string;
  readonly message: string;
  readonly exit: ExitCode;
};

/** How a command ends that could not do its work: a code for scripts, a sentence for people. */
export function commandEndOf(error: unknown): CommandEnd {
  if (!(error instanceof OvermindError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'failed', message, exit: EXIT.failed };
  }
  return { code: error.code, message: sentenceOf(error), exit: exitOf(error) };
}

function exitOf({ code }: OvermindError): ExitCode {
  if (code === 'config/invalid' || code === 'input/invalid') return EXIT.badUsage;
  if (code === 'control/refused') return EXIT.refusedByGuard;
  if (code === 'system/unreachable') return EXIT.unreachable;
  if (code === 'ledger/unreachable' || code === 'socket/unreachable') return EXIT.unreachable;
  if (code === 'temporal/unreachable') return EXIT.unreachable;
  return EXIT.failed;
}

function sentenceOf({ code, context }: OvermindError): string {
  // A union of contexts, read field by field: what a code carries depends on the code.
  const { faults, field, got, expected, fault, looked, asked, hint, runId } = context as Record<
    string,
    unknown
  >;
  if (code === 'config/invalid') return `The configuration is not usable:\n${String(faults)}`;
  if (code === 'control/refused') return `Refused: ${String(faults)}`;
  if (code === 'input/invalid') {
    return `${String(field)}: got ${String(got)}, expected ${String(expected)}`;
  }
  if (code === 'system/unreachable') return `No running system was found: ${String(looked)}`;
  if (code === 'memory/unknown')
    return `Run ${String(runId)} remembers nothing under ${String(asked)}`;
  if (code === 'trade/unknown') return `No one trade is meant by ${String(asked)}: ${String(hint)}`;
  return `${code}: ${typeof fault === 'string' ? fault : JSON.stringify(context)}`;
}
