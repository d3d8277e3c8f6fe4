import { OvermindError } from '../../domain/shared/errors.ts';
import type { FeedArgs, MarketFeed } from '../../domain/market/market-feed.ts';
import { openReplay } from './replay.ts';
import { openSynthetic } from './synthetic.ts';

/** Opens and checks a feed. Throws `recording/invalid` or `input/invalid` before its first event. */
export async function openFeed(args: FeedArgs): Promise<MarketFeed> {
  checkWholeNumber('--bars', args.bars, 3);
  checkWholeNumber('--seed', args.seed, 0);
  if (args.speed !== 'max' && !(Number.isFinite(args.speed) && args.speed > 0)) {
    const expected = 'a number above 0, or max';
    throw new OvermindError('input/invalid', {
      field: '--speed',
      got: String(args.speed),
      expected,
    });
  }
  return args.kind === 'replay' ? openReplay(args) : openSynthetic(args);
}

function checkWholeNumber(field: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  throw new OvermindError('input/invalid', {
    field,
    got: String(value),
    expected: `a whole number from ${least}`,
  });
}
