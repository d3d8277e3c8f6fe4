import { STATE_V1_NAMES } from '../../adapters/features/state-v1.ts';
import { createOpenAiProvider } from '../../adapters/llm/openai-provider.ts';
import { createOverlay } from '../../adapters/llm/overlay.ts';
import { createSpendFile } from '../../adapters/llm/spend-file.ts';
import type { OverlayConfig } from '../../config/overlay.ts';
import type { Overlay } from '../../domain/analysis/consultation.ts';
import { loadMarkets } from '../../config/markets.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId } from '../../domain/shared/ids.ts';

/** As configured; what a day has cost is kept in a file of that name in the system's home. */
export function openOverlay({ providers, ...bounds }: OverlayConfig, spendFile: string): Overlay {
  return createOverlay({
    ...bounds,
    providers: providers.map(createOpenAiProvider),
    featureNames: STATE_V1_NAMES,
    spendStore: createSpendFile(spendFile),
    wallMs: Date.now,
    monotonicMs: () => performance.now(),
  });
}

/** Of a market's base token, also of markets that no registry lists: it follows from their symbol. */
export function mintOf(id: MarketId): string {
  const [market] = loadMarkets([id]);
  if (market) return market.base.mint;
  throw new OvermindError('market/unknown', { market: id, known: 'those of the registry' });
}
