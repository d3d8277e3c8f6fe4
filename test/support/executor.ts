import { fork, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { callRpc } from '../../adapters/chain/json-rpc.ts';
import { loadMarkets } from '../../config/markets.ts';
import { paperReserves } from '../../domain/execution/venues/paper-reserves.ts';
import type { PermitFields } from '../../domain/risk/permit.ts';
import { encodeBase58 } from '../../domain/shared/base58.ts';
import { parseDecimal } from '../../domain/shared/decimal.ts';
import { permitIdOf } from '../../domain/shared/ids.ts';
import { lamports, tokenUnits } from '../../domain/shared/units.ts';

export type ExecutorSecrets = {
  readonly home: string;
  readonly wallet: string;
  readonly permitKey: Buffer;
};

/** A home with a wallet and a permit key of this test's own. */
export function makeSecrets(): ExecutorSecrets {
  const home = mkdtempSync(join(tmpdir(), 'overmind-executor-'));
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const publicBytes = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const permitKey = randomBytes(32);
  mkdirSync(join(home, 'secrets'));
  const write = (name: string, text: string): void =>
    writeFileSync(join(home, 'secrets', name), text, { mode: 0o600 });
  write('wallet.json', JSON.stringify([...seed, ...publicBytes]));
  write('permit.key', permitKey.toString('hex'));
  return { home, wallet: encodeBase58(publicBytes), permitKey };
}

export type RunningExecutor = {
  readonly child: ChildProcess;
  readonly facts: Readonly<Record<string, unknown>>;
  /** SIGKILL and wait. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type ExecutorAddresses = {
  readonly home: string;
  readonly postgresUrl: string;
  readonly dragonflyUrl: string;
  readonly rpcUrls: readonly string[];
  readonly markets: string;
  /** More than every executor of a test gets. */
  readonly env?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
};

const MAIN = fileURLToPath(new URL('../../hotpath/main.ts', import.meta.url));

/** The real hot path, as the supervisor starts it; resolves when it says that it is ready. */
export function startExecutor(addresses: ExecutorAddresses): Promise<RunningExecutor> {
  return beginExecutor(addresses).ready;
}

/** The same, for a test in which something keeps it from being ready. */
export function beginExecutor(addresses: ExecutorAddresses): {
  readonly ready: Promise<RunningExecutor>;
  readonly kill: () => Promise<void>;
} {
  const child = fork(MAIN, [], {
    execArgv: ['--import', 'tsx', ...(addresses.execArgv ?? [])],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      ...process.env,
      OVERMIND_HOME: addresses.home,
      DATABASE_URL: addresses.postgresUrl,
      DRAGONFLY_URL: addresses.dragonflyUrl,
      OVERMIND_RPC_URLS: addresses.rpcUrls.join(','),
      OVERMIND_MARKETS: addresses.markets,
      ...addresses.env,
    },
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = (signal: NodeJS.Signals) => async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await gone;
  };
  const kill = end('SIGKILL');
  const ready = new Promise<RunningExecutor>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`executor ended with ${code}:\n${output}`)));
    child.on('message', (message: { kind?: string }) => {
      if (message.kind === 'ready') {
        resolve({ child, facts: { ...message }, kill, stop: end('SIGTERM') });
      }
    });
  });
  ready.catch(() => undefined); // Whoever waits for it hears it; whoever kills it before need not.
  return { ready, kill };
}

/** Wallet with SOL, both token accounts, and the market's pool at a price of 100. */
export async function fundAndOpenPool(
  rpcUrl: string,
  wallet: string,
  marketId: string,
): Promise<number> {
  const [market] = loadMarkets([marketId]);
  if (!market) throw new Error('one was asked for');
  await callRpc(rpcUrl, 'simnet_airdrop', [wallet, 1_000_000_000_000]);
  for (const { mint, decimals } of [market.base, market.quote]) {
    const params = [wallet, mint, '1000000000000', decimals];
    await callRpc(rpcUrl, 'simnet_setTokenBalance', params);
  }
  const { base, quote } = paperReserves(parseDecimal('100', 'price'), market);
  const entry = { pool: market.pool, base: String(base), quote: String(quote) };
  const { slot } = await callRpc<{ slot: number }>(rpcUrl, 'simnet_setPools', [
    { markets: [entry] },
  ]);
  return slot;
}

/** A buy of 10 USDC that the executor of these epochs will take. */
export function aPermit(
  over: Partial<PermitFields> & Pick<PermitFields, 'wallet' | 'market'>,
  n: number | string,
): PermitFields {
  const [market] = loadMarkets([over.market]);
  if (!market) throw new Error('one was asked for');
  const buy = (over.side ?? 'buy') === 'buy';
  const signalId = `test-${over.market}-breakout-${n}`;
  const now = Date.now();
  return {
    id: permitIdOf(signalId, over.leg ?? 'entry', over.attempt ?? 1),
    leg: 'entry',
    attempt: 1,
    side: 'buy',
    mintIn: buy ? market.quote.mint : market.base.mint,
    mintOut: buy ? market.base.mint : market.quote.mint,
    amountIn: tokenUnits(10_000_000n),
    minAmountOut: tokenUnits(1n),
    feeMax: lamports(50_000n),
    tipMax: lamports(20_000n),
    route: 'fast',
    reduceOnly: false,
    flattenOf: undefined,
    issuedAtMs: now,
    validUntilMs: now + 10_000,
    validUntilHeight: 1_000_000_000,
    executorEpoch: 1,
    haltEpoch: 0,
    ...over,
  };
}
