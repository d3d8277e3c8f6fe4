import { OvermindError } from '../../domain/shared/errors.ts';

/** What an operator reads when a start fails: what is wrong and what would be right. */
export function describeFault(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeFault).join('\n');
  if (!(error instanceof OvermindError)) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return describeKnown(error);
}

function describeKnown({ code, context }: OvermindError): string {
  const said = context as Readonly<Record<string, string | number>>; // Flat for every code.
  switch (code) {
    case 'config/invalid':
      return `The configuration is not usable:\n${said['faults']}`;
    case 'input/invalid':
      return `${said['field']}: got ${JSON.stringify(said['got'])}, wants ${said['expected']}`;
    case 'recording/invalid':
      return `${said['file']}${said['line'] ? `, line ${said['line']}` : ''}: ${said['fault']}`;
    case 'server/missing':
      return `${said['server']} is missing. Ways to get it: ${said['ways']}`;
    case 'server/failed':
      return `${said['server']} could not be used: ${said['fault']}`;
    case 'run/unfinished':
      return `Run ${said['runId']} is not finished: ${said['fault']}`;
    case 'market/unknown':
      return `market ${said['market']}: not one that can be traded here; known are ${said['known']}, and any id that ends with the same quote`;
    case 'chain/wrong-cluster':
      return `This is not a paper cluster: genesis hash ${said['genesisHash']}, wants ${said['expected']}`;
    default:
      return `${code}: ${Object.entries(said)
        .map(([key, value]) => `${key} ${value}`)
        .join(', ')}`;
  }
}
