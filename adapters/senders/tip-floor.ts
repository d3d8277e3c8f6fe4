import { z } from 'zod';
import { OvermindError } from '../../domain/shared/errors.ts';
import { lamportsOfSol, type TipPercentile } from '../../domain/execution/tip-floor.ts';

const BODY_LETTERS_MAX = 10_000;
/** More than a whole SOL for one landing is a fault of whoever says it, or ours in reading it. */
const SOL_MAX = 1;

const sol = z.number().min(0).max(SOL_MAX);
const answerSchema = z.tuple(
  [
    z.object({
      landed_tips_25th_percentile: sol,
      landed_tips_50th_percentile: sol,
      landed_tips_75th_percentile: sol,
      landed_tips_95th_percentile: sol,
      landed_tips_99th_percentile: sol,
    }),
  ],
  z.unknown(),
);

/** Lamports that this share of the bundles which landed lately did not exceed. */
export async function requestTipFloor(
  url: string,
  percentile: TipPercentile,
  timeoutMs: number,
): Promise<bigint> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    if (text.length > BODY_LETTERS_MAX) throw new Error('reply too long');
    const [floor] = answerSchema.parse(JSON.parse(text));
    return lamportsOfSol(floor[`landed_tips_${percentile}th_percentile`]);
  } catch (cause) {
    const fault = cause instanceof Error ? cause.message : String(cause);
    const where = { url: new URL(url).host, method: 'tip_floor', fault };
    throw new OvermindError('chain/unreachable', where, { cause });
  }
}
