import { z } from 'zod';
import type { Candidate } from '../../domain/market/candidate.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { RunId } from '../../domain/shared/ids.ts';

const FEATURES_MAX = 256;
const id = z.string().min(1).max(200);
const timeMs = z.number().int().nonnegative();
const decimal = z.string().regex(/^\d{1,30}(\.\d{1,30})?(e[+-]?\d{1,3})?$/i, 'a decimal string');

const candidateSchema = z.object({
  signalId: id,
  runId: id,
  market: id,
  screen: id,
  marketTimeMs: timeMs,
  price: decimal,
  solPrice: decimal,
  featureVersion: id,
  features: z.array(z.number()).min(1).max(FEATURES_MAX),
  poolSlot: z.number().int(),
  memoryUpToMs: timeMs,
  receivedNs: z.string(),
});

/** Any process of this host can write to the socket. Throws `input/invalid`. */
export function readCandidate(params: unknown, runId: RunId): Candidate {
  const parsed = candidateSchema.safeParse(params);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`candidate.${issue?.path.join('.') ?? ''}`, '', issue?.message ?? 'a candidate');
  }
  // The memory is of one run; another run's candidate would be held against the wrong past.
  if (parsed.data.runId !== runId) throw invalid('candidate.runId', parsed.data.runId, runId);
  return parsed.data;
}

function invalid(field: string, got: string, expected: string): OvermindError {
  return new OvermindError('input/invalid', { field, got, expected });
}
