import { createHash } from 'node:crypto';
import { PublicKey } from '@solana/web3.js';
import { z } from 'zod';
import { cpmmAddressesOf } from '../adapters/venues/raydium-cpmm/addresses.ts';
import type { Market } from '../domain/market/market.ts';
import { OvermindError } from '../domain/shared/errors.ts';
import type { MarketId } from '../domain/shared/ids.ts';
import { quoteUnits } from '../domain/shared/units.ts';
import registryJson from './markets.json' with { type: 'json' };

const address = z.string().refine(isAddress, 'a base58 public key');
const rate = z.number().int().min(0).max(999_999);
const decimals = z.number().int().min(0).max(18);
const depth = z.number().int().min(1).max(1_000_000_000);

const registrySchema = z.object({
  /** Values lamport costs where the feed has no SOL-USDC; `OVERMIND_SOL_USDC` overrides it. */
  solUsdc: z.string(),
  quote: z.object({ symbol: z.string(), mint: address, decimals }),
  raydiumCpmm: z.object({
    program: address,
    ammConfigIndex: z.number().int().min(0).max(65_535),
    tradeFeeRate: rate,
    protocolFeeRate: rate,
    fundFeeRate: rate,
  }),
  unlisted: z.object({ decimals, paperDepthUsd: depth }),
  markets: z
    .array(
      z.object({
        id: z.string(),
        mint: address.optional(),
        decimals,
        paperDepthUsd: depth,
        screens: z.array(z.string()).optional(),
      }),
    )
    .min(1),
});

type Entry = z.infer<typeof registrySchema>['markets'][number];

const registry = readRegistry();

/**
 * The registered markets, or those named. An id that the registry lacks gets a paper-only entry:
 * default depth, a mint made of the symbol's SHA-256. Text that is no market id is refused.
 */
export function loadMarkets(ids?: readonly MarketId[]): Market[] {
  return (ids ?? registry.markets.map(({ id }) => id)).map(marketOf);
}

/** Empty screens mean: every screen. */
function marketOf(id: MarketId): Market {
  const symbol = baseSymbolOf(id);
  const entry: Entry = registry.markets.find((known) => known.id === id) ?? {
    id,
    ...registry.unlisted,
  };
  const { quote, raydiumCpmm } = registry;
  const mint = entry.mint ?? mintFromSymbol(symbol);
  return {
    id,
    venue: 'raydium-cpmm',
    base: { symbol, mint, decimals: entry.decimals },
    quote,
    pool: {
      ...cpmmAddressesOf(mint, quote.mint, raydiumCpmm.ammConfigIndex),
      tradeFeeRate: raydiumCpmm.tradeFeeRate,
      protocolFeeRate: raydiumCpmm.protocolFeeRate,
      fundFeeRate: raydiumCpmm.fundFeeRate,
    },
    paperDepth: quoteUnits(BigInt(entry.paperDepthUsd) * 10n ** BigInt(quote.decimals)),
    screens: entry.screens ?? [],
  };
}

function baseSymbolOf(id: MarketId): string {
  const [, symbol, quoteSymbol] = /^([A-Z0-9]{1,12})-([A-Z0-9]{1,12})$/.exec(id) ?? [];
  if (symbol === undefined || quoteSymbol !== registry.quote.symbol || symbol === quoteSymbol) {
    const known = registry.markets.map((market) => market.id).join(', ');
    throw new OvermindError('market/unknown', { market: id, known });
  }
  return symbol;
}

function mintFromSymbol(symbol: string): string {
  return new PublicKey(createHash('sha256').update(symbol).digest()).toBase58();
}

function isAddress(text: string): boolean {
  try {
    return new PublicKey(text).toBase58() === text;
  } catch {
    return false;
  }
}

function readRegistry(): z.infer<typeof registrySchema> {
  const parsed = registrySchema.safeParse(registryJson);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues
    .map(({ path, message }) => `markets.json ${path.join('.')}: wants ${message}`)
    .join('\n');
  throw new OvermindError('config/invalid', { faults });
}
