import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { OvermindError } from '../domain/shared/errors.ts';
import { basisPoints, lamports, quoteUnits } from '../domain/shared/units.ts';

const usd = (text: string) => quoteUnits(BigInt(Math.round(Number(text) * 1_000_000)));
const usdAmount = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,6})?$/, 'an amount in USD such as 250 or 250.50')
  .transform(usd);
const port = (fallback: number) => z.coerce.number().int().min(1).max(65_535).default(fallback);
const share = (fallback: number) => z.coerce.number().int().min(1).max(10_000).default(fallback);
const url = (schemes: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && schemes.includes(new URL(text).protocol),
      `a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    );

const environmentSchema = z
  .object({
    SNIPER_TRADING_MODE: z.enum(['paper', 'shadow', 'live']).default('paper'),
    OVERMIND_LIVE_CONFIRM: z.string().optional(),
    OVERMIND_AI_MODE: z.enum(['enabled', 'advisory', 'disabled']).default('disabled'),
    OVERMIND_AI_CONFIDENCE_THRESHOLD: z.coerce.number().min(0).max(1).default(0.7),
    OVERMIND_EV_GATE: z.enum(['enforce', 'observe']).optional(),
    OPENAI_API_KEY: z.string().min(1).optional(),
    QUICKNODE_RPC_URL: url(['http:', 'https:']).optional(),
    HELIUS_API_KEY: z.string().min(1).optional(),
    POSTGRES_PASSWORD: z.string().min(1).optional(),
    DRAGONFLY_PASSWORD: z.string().min(1).optional(),
    OVERMIND_HOME: z.string().min(1).default('.overmind'),
    OVERMIND_DATA_DIR: z.string().min(1).default('../shared/data'),
    OVERMIND_WALLET_FILE: z.string().min(1).optional(),
    OVERMIND_PERMIT_KEY_FILE: z.string().min(1).optional(),
    OVERMIND_RPC_URLS: z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .pipe(
        z
          .array(url(['http:', 'https:']))
          .min(1)
          .max(8),
      )
      .optional(),
    OVERMIND_JITO_URLS: z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .pipe(
        z
          .array(url(['http:', 'https:']))
          .min(1)
          .max(8),
      )
      .optional(),
    DATABASE_URL: url(['postgres:', 'postgresql:']).optional(),
    DRAGONFLY_URL: url(['redis:', 'rediss:']).optional(),
    CHROMA_URL: url(['http:', 'https:']).optional(),
    TEMPORAL_ADDRESS: z
      .string()
      .regex(/^[\w.-]+:\d{1,5}$/, 'host:port')
      .optional(),
    OVERMIND_API_PORT: port(8080),
    OVERMIND_BRAIN_PORT: port(8790),
    OVERMIND_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
    OVERMIND_RUN_ID: z
      .string()
      .regex(/^[a-z0-9]{1,20}$/, 'lower-case letters and digits')
      .optional(),
    OVERMIND_MARKETS: z
      .string()
      .transform((text) => text.split(',').map((part) => part.trim()))
      .pipe(
        z
          .array(z.string().regex(/^[A-Z0-9]{1,12}-[A-Z0-9]{1,12}$/, 'ids such as SOL-USDC'))
          .min(1)
          .max(64),
      )
      .optional(),
    OVERMIND_SOL_USDC: z
      .string()
      .regex(/^\d{1,6}(\.\d{1,9})?$/, 'a price such as 150.25')
      .default('150'),
    OVERMIND_TRADE_NOTIONAL_USD: usdAmount.default(usd('200')),
    OVERMIND_TRADE_NOTIONAL_USD_MIN: usdAmount.default(usd('20')),
    OVERMIND_SLIPPAGE_BPS_MAX: share(50),
    OVERMIND_EXIT_SLIPPAGE_BPS_MAX: share(500),
    OVERMIND_RISK_NOTIONAL_USD_MAX: usdAmount.default(usd('500')),
    OVERMIND_RISK_POSITION_SHARE_BPS_MAX: share(500),
    OVERMIND_RISK_EXPOSURE_USD_MAX: usdAmount.default(usd('2000')),
    OVERMIND_RISK_OPEN_POSITIONS_MAX: z.coerce.number().int().min(1).max(100).default(5),
    OVERMIND_RISK_DAILY_LOSS_USD_MAX: usdAmount.default(usd('300')),
    OVERMIND_RISK_TOTAL_LOSS_USD_MAX: usdAmount.default(usd('1000')),
    OVERMIND_RISK_COLLAR_BPS_MAX: share(100),
    OVERMIND_RISK_COOL_DOWN_MS: z.coerce.number().int().min(0).max(86_400_000).default(300_000),
    OVERMIND_RISK_WALLET_FLOOR_LAMPORTS: z.coerce
      .number()
      .int()
      .min(0)
      .max(1e12)
      .default(100_000_000),
    OVERMIND_TIP_LAMPORTS_MAX: z.coerce.number().int().min(1_000).max(1e9).default(20_000),
    OVERMIND_FEE_LAMPORTS_MAX: z.coerce.number().int().min(5_000).max(1e9).default(50_000),
    OVERMIND_PERMIT_ENTRY_LIFE_MS: z.coerce.number().int().min(100).max(60_000).default(2_000),
    OVERMIND_PERMIT_EXIT_LIFE_MS: z.coerce.number().int().min(100).max(60_000).default(5_000),
    OVERMIND_COMMITMENT: z.enum(['confirmed', 'finalized']).default('confirmed'),
  })
  .refine((env) => env.SNIPER_TRADING_MODE !== 'live' || env.OVERMIND_LIVE_CONFIRM, {
    path: ['OVERMIND_LIVE_CONFIRM'],
    message: 'must name the wallet before real money is traded',
  })
  .refine((env) => env.SNIPER_TRADING_MODE === 'paper' || env.OVERMIND_EV_GATE !== 'observe', {
    path: ['OVERMIND_EV_GATE'],
    message: 'observe is for paper only; live and shadow always enforce',
  });

type Environment = z.infer<typeof environmentSchema>;

const configSchema = environmentSchema.transform((env) => {
  const home = resolve(env.OVERMIND_HOME);
  return {
    mode: env.SNIPER_TRADING_MODE,
    liveConfirm: env.OVERMIND_LIVE_CONFIRM,
    home,
    dataDir: resolve(env.OVERMIND_DATA_DIR),
    logLevel: env.OVERMIND_LOG_LEVEL,
    runId: env.OVERMIND_RUN_ID,
    /** Markets of this run; undefined: all that are registered. */
    markets: env.OVERMIND_MARKETS,
    ai: {
      mode: env.OVERMIND_AI_MODE,
      confidenceThreshold: env.OVERMIND_AI_CONFIDENCE_THRESHOLD,
      openaiApiKey: env.OPENAI_API_KEY,
    },
    evGate: env.OVERMIND_EV_GATE ?? (env.SNIPER_TRADING_MODE === 'paper' ? 'observe' : 'enforce'),
    addresses: addressesOf(env),
    passwords: { postgres: env.POSTGRES_PASSWORD, dragonfly: env.DRAGONFLY_PASSWORD },
    files: filesOf(env, home),
    solUsdc: env.OVERMIND_SOL_USDC,
    trade: tradeOf(env),
    risk: riskOf(env),
    execution: executionOf(env),
  };
});

export type Config = z.infer<typeof configSchema>;

function addressesOf(env: Environment) {
  return {
    postgres: env.DATABASE_URL,
    dragonfly: env.DRAGONFLY_URL,
    chroma: env.CHROMA_URL,
    temporal: env.TEMPORAL_ADDRESS,
    rpc: env.OVERMIND_RPC_URLS ?? (env.QUICKNODE_RPC_URL ? [env.QUICKNODE_RPC_URL] : undefined),
    jito: env.OVERMIND_JITO_URLS,
    apiPort: env.OVERMIND_API_PORT,
    brainPort: env.OVERMIND_BRAIN_PORT,
  };
}

function filesOf(env: Environment, home: string) {
  return {
    wallet: env.OVERMIND_WALLET_FILE ?? join(home, 'secrets', 'wallet.json'),
    permitKey: env.OVERMIND_PERMIT_KEY_FILE ?? join(home, 'secrets', 'permit.key'),
    executorSocket: socketPath(home, 'executor.sock'),
    journal: join(home, 'journal'),
  };
}

function tradeOf(env: Environment) {
  return {
    notional: env.OVERMIND_TRADE_NOTIONAL_USD,
    notionalMin: env.OVERMIND_TRADE_NOTIONAL_USD_MIN,
    slippageMax: basisPoints(env.OVERMIND_SLIPPAGE_BPS_MAX),
    exitSlippageMax: basisPoints(env.OVERMIND_EXIT_SLIPPAGE_BPS_MAX),
  };
}

function riskOf(env: Environment) {
  return {
    notionalMax: env.OVERMIND_RISK_NOTIONAL_USD_MAX,
    positionShareMax: basisPoints(env.OVERMIND_RISK_POSITION_SHARE_BPS_MAX),
    exposureMax: env.OVERMIND_RISK_EXPOSURE_USD_MAX,
    openPositionsMax: env.OVERMIND_RISK_OPEN_POSITIONS_MAX,
    dailyLossMax: env.OVERMIND_RISK_DAILY_LOSS_USD_MAX,
    totalLossMax: env.OVERMIND_RISK_TOTAL_LOSS_USD_MAX,
    collarMax: basisPoints(env.OVERMIND_RISK_COLLAR_BPS_MAX),
    coolDownMs: env.OVERMIND_RISK_COOL_DOWN_MS,
    walletFloor: lamports(BigInt(env.OVERMIND_RISK_WALLET_FLOOR_LAMPORTS)),
  };
}

function executionOf(env: Environment) {
  return {
    tipMax: lamports(BigInt(env.OVERMIND_TIP_LAMPORTS_MAX)),
    feeMax: lamports(BigInt(env.OVERMIND_FEE_LAMPORTS_MAX)),
    entryLifeMs: env.OVERMIND_PERMIT_ENTRY_LIFE_MS,
    exitLifeMs: env.OVERMIND_PERMIT_EXIT_LIFE_MS,
    commitment: env.OVERMIND_COMMITMENT,
  };
}

/** A Unix socket's path holds 107 bytes at most; a deep home gets a short folder of its own. */
function socketPath(home: string, name: string): string {
  const path = join(home, 'run', name);
  if (Buffer.byteLength(path) <= 100) return path;
  const key = createHash('sha256').update(home).digest('hex').slice(0, 12);
  return join(tmpdir(), `overmind-${key}`, name);
}

/** Reads the environment once, at start, and reports every fault at the same time. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = configSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues
    .map(({ path, message }) => {
      const name = String(path[0] ?? 'environment');
      const got = /KEY|PASSWORD/.test(name) ? '(hidden)' : JSON.stringify(given[name] ?? '');
      return `${name}: got ${got}, wants ${message}`;
    })
    .join('\n');
  throw new OvermindError('config/invalid', { faults });
}
