import { isIP } from 'node:net';
import { z } from 'zod';
import { PROMPT_VERSIONS } from '../domain/analysis/advice-prompt.ts';
import { TIP_PERCENTILES } from '../domain/execution/tip-floor.ts';
import { quoteUnits } from '../domain/shared/units.ts';

/** A whole number in plain digits. `Number` alone would take ' ' for 0 and '0x10' for 16. */
const wholeNumber = (min: number, max: number) => {
  const wanted = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, wanted)
    .transform(Number)
    .refine((value) => value >= min && value <= max, wanted);
};
const whole = (min: number, max: number, fallback: number) =>
  wholeNumber(min, max).default(fallback);
const port = (fallback: number) => whole(1, 65_535, fallback);
const host = (fallback: string) =>
  z
    .string()
    .regex(/^[\w.-]{1,253}$/, 'the name or address of a host')
    .default(fallback);
const ipAddress = (fallback: string) =>
  z
    .string()
    .refine((address) => isIP(address) > 0, 'an IP address such as 127.0.0.1 or 0.0.0.0')
    .default(fallback);
const share = (fallback: number) => whole(1, 10_000, fallback);
const word = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, `one of ${words.join(', ')}`);
const text = z.string().min(1);

const usd = (amount: string) => quoteUnits(BigInt(Math.round(Number(amount) * 1_000_000)));
const USD = 'an amount in USD such as 250 or 250.50';
const USD_AMOUNT = /^\d{1,9}(\.\d{1,6})?$/;
const usdGiven = z.string().regex(USD_AMOUNT, USD).transform(usd);
const usdAmount = (fallback: string) => usdGiven.default(usd(fallback));
const usdAboveZero = (fallback: string) =>
  usdAmount(fallback).refine((amount) => amount > 0n, `${USD}, above 0`);

const url = (...schemes: readonly string[]) =>
  z
    .string()
    .refine(
      (address) => URL.canParse(address) && schemes.includes(new URL(address).protocol),
      `a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    );
/** Sender's paths are ours to add: `/fast` for transactions, `/ping` to stay warm. */
const senderUrl = url('http:', 'https:').refine(
  (address) => URL.canParse(address) && new URL(address).pathname === '/',
  'a URL without a path, such as http://fra-sender.helius-rpc.com',
);
const PAYLOAD_KEYS = 'up to 8 keys of 64 lower-case hex digits, the one that writes first';
const hostAndPort = z.string().regex(/^[\w.-]+:\d{1,5}$/, 'host:port');
const emailAddress = z.string().regex(/^[^\s@]+@[^\s@]+$/, 'an e-mail address');
const list = <Part extends z.ZodType<string, string>>(part: Part, most: number) =>
  z
    .string()
    .transform((parts) => parts.split(',').map((one) => one.trim()))
    .pipe(z.array(part).min(1).max(most, `at most ${most}, separated by commas`));

/** Of AES-256. The first one writes. */
const payloadKeys = z
  .string()
  .transform((keys) => keys.trim().split(/[\s,]+/))
  .pipe(z.array(z.string().regex(/^[0-9a-f]{64}$/, PAYLOAD_KEYS)).max(8, PAYLOAD_KEYS))
  .transform((keys) => keys.map((key) => Buffer.from(key, 'hex')));

/** What the environment may say: names, ranges and defaults. */
export const environmentSchema = z.object({
  SNIPER_TRADING_MODE: word(['paper', 'shadow', 'live']).default('paper'),
  OVERMIND_LIVE_CONFIRM: text.optional(),
  OVERMIND_AI_MODE: word(['enabled', 'advisory', 'disabled']).default('disabled'),
  OVERMIND_AI_CONFIDENCE_THRESHOLD: z
    .string()
    .regex(/^(0(\.\d{1,6})?|1(\.0{1,6})?)$/, 'a number from 0 to 1')
    .transform(Number)
    .default(0.7),
  OVERMIND_EV_GATE: word(['enforce', 'observe']).optional(),
  OPENAI_API_KEY: text.optional(),
  OVERMIND_LLM_URL: url('http:', 'https:').optional(),
  OVERMIND_LLM_MODEL: text.default('gpt-6-luna'),
  OVERMIND_LLM_SECOND_URL: url('http:', 'https:').optional(),
  OVERMIND_LLM_SECOND_API_KEY: text.optional(),
  OVERMIND_LLM_SECOND_MODEL: text.optional(),
  OVERMIND_LLM_LOCAL_URL: url('http:', 'https:').optional(),
  OVERMIND_LLM_LOCAL_MODEL: text.default('local'),
  OVERMIND_LLM_BUDGET_MS: whole(100, 10_000, 1_800),
  OVERMIND_LLM_DAILY_USD_MAX: usdAmount('5'),
  OVERMIND_LLM_REQUESTS_PER_MINUTE_MAX: whole(1, 1_000_000, 10_000),
  OVERMIND_LLM_INPUT_USD_PER_MILLION: usdAmount('0.10'),
  OVERMIND_LLM_OUTPUT_USD_PER_MILLION: usdAmount('0.50'),
  OVERMIND_LLM_SECOND_INPUT_USD_PER_MILLION: usdGiven.optional(),
  OVERMIND_LLM_SECOND_OUTPUT_USD_PER_MILLION: usdGiven.optional(),
  OVERMIND_LLM_PROMPT: word(PROMPT_VERSIONS).default('advice_v1'),
  OVERMIND_TENSORZERO_URL: url('http:', 'https:').optional(),
  OVERMIND_TENSORZERO_FUNCTION: text.default('decide'),
  OVERMIND_TENSORZERO_FEEDBACK: word(['on', 'off']).default('off'),
  QUICKNODE_RPC_URL: url('http:', 'https:').optional(),
  HELIUS_API_KEY: text.optional(),
  OVERMIND_PAYLOAD_KEYS: payloadKeys.optional(),
  OVERMIND_TEMPORAL_CODEC: word(['on', 'off']).default('off'),
  POSTGRES_PASSWORD: text.optional(),
  DRAGONFLY_PASSWORD: text.optional(),
  OVERMIND_HOME: text.default('.overmind'),
  OVERMIND_DATA_DIR: text.default('../shared/data'),
  OVERMIND_WALLET_FILE: text.optional(),
  OVERMIND_PERMIT_KEY_FILE: text.optional(),
  OVERMIND_RPC_URLS: list(url('http:', 'https:'), 8).optional(),
  OVERMIND_JITO_URLS: list(url('http:', 'https:'), 8).optional(),
  OVERMIND_JITO_GRPC_URL: url('http:', 'https:').optional(),
  OVERMIND_JITO_REQUESTS_PER_SECOND: wholeNumber(1, 100_000).optional(),
  OVERMIND_SENDER_URLS: list(senderUrl, 8).optional(),
  OVERMIND_SENDER_TIER: word(['max', 'swqos-only']).default('max'),
  OVERMIND_SENDER_TIP_LAMPORTS_MIN: wholeNumber(1_000, 1e9).optional(),
  OVERMIND_SENDER_REQUESTS_PER_SECOND: wholeNumber(1, 100_000).optional(),
  OVERMIND_RPC_REQUESTS_PER_SECOND: wholeNumber(1, 100_000).optional(),
  OVERMIND_ENDPOINT_CONNECTIONS: whole(1, 64, 8),
  OVERMIND_TIP_FLOOR_URL: url('http:', 'https:').optional(),
  DATABASE_URL: url('postgres:', 'postgresql:').optional(),
  DRAGONFLY_URL: url('redis:', 'rediss:').optional(),
  CHROMA_URL: url('http:', 'https:').optional(),
  TEMPORAL_ADDRESS: hostAndPort.optional(),
  OVERMIND_TEMPORAL_UI_URL: url('http:', 'https:').optional(),
  OVERMIND_SDK_METRICS_ADDRESS: hostAndPort.optional(),
  OVERMIND_BIND: ipAddress('127.0.0.1'),
  OVERMIND_API_HOST: host('127.0.0.1'),
  OVERMIND_API_PORT: port(8080),
  OVERMIND_BRAIN_HOST: host('127.0.0.1'),
  OVERMIND_BRAIN_PORT: port(8790),
  OVERMIND_API_REQUESTS_PER_SECOND_MAX: whole(1, 100_000, 100),
  OVERMIND_BEAT_FILE: text.optional(),
  OVERMIND_ALERT_WEBHOOK_URL: url('http:', 'https:').optional(),
  OVERMIND_ALERT_EMAIL_TO: emailAddress.optional(),
  OVERMIND_ALERT_EMAIL_FROM: emailAddress.optional(),
  OVERMIND_ALERT_SMTP_ADDRESS: hostAndPort.optional(),
  OVERMIND_ALERT_SMTP_USER: text.optional(),
  OVERMIND_ALERT_SMTP_PASSWORD: text.optional(),
  OVERMIND_ALERT_TELEGRAM_CHAT_ID: z
    .string()
    .regex(/^-?\d{1,15}$/, 'the number of a chat')
    .transform(Number)
    .optional(),
  OVERMIND_ALERT_TELEGRAM_TOKEN: text.optional(),
  OVERMIND_LOG_LEVEL: word(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  OVERMIND_RUN_ID: z
    .string()
    .regex(/^[a-z0-9]{1,20}$/, 'at most 20 lower-case letters and digits')
    .optional(),
  OVERMIND_MARKETS: list(
    z.string().regex(/^[A-Z0-9]{1,12}-[A-Z0-9]{1,12}$/, 'ids such as SOL-USDC'),
    64,
  ).optional(),
  OVERMIND_SOL_USDC: z
    .string()
    .regex(/^(?=.*[1-9])\d{1,6}(\.\d{1,9})?$/, 'a price above 0 such as 150.25')
    .default('150'),
  OVERMIND_TRADE_NOTIONAL_USD: usdAboveZero('200'),
  OVERMIND_TRADE_NOTIONAL_USD_MIN: usdAboveZero('20'),
  OVERMIND_SLIPPAGE_BPS_MAX: share(50),
  OVERMIND_EXIT_SLIPPAGE_BPS_MAX: share(500),
  OVERMIND_RISK_NOTIONAL_USD_MAX: usdAmount('500'),
  OVERMIND_RISK_POSITION_SHARE_BPS_MAX: share(500),
  OVERMIND_RISK_EXPOSURE_USD_MAX: usdAmount('2000'),
  OVERMIND_RISK_OPEN_POSITIONS_MAX: whole(1, 100, 5),
  OVERMIND_RISK_DAILY_LOSS_USD_MAX: usdAmount('300'),
  OVERMIND_RISK_TOTAL_LOSS_USD_MAX: usdAmount('1000'),
  OVERMIND_RISK_COLLAR_BPS_MAX: share(100),
  OVERMIND_RISK_COOL_DOWN_MS: whole(0, 86_400_000, 300_000),
  OVERMIND_RISK_WALLET_FLOOR_LAMPORTS: whole(0, 1e12, 100_000_000),
  OVERMIND_APPROVAL_USD_MIN: usdGiven.optional(),
  OVERMIND_APPROVAL_WITHIN_MS: whole(1_000, 86_400_000, 120_000),
  OVERMIND_TIP_LAMPORTS_MAX: whole(1_000, 1e9, 20_000),
  OVERMIND_TIP_PERCENTILE: word(['off', ...TIP_PERCENTILES]).optional(),
  OVERMIND_FEE_LAMPORTS_MAX: whole(5_000, 1e9, 50_000),
  OVERMIND_EXECUTION_SIGNATURES_PER_MINUTE_MAX: whole(1, 1_000_000, 3_000),
  OVERMIND_EXECUTION_BUYS_PER_MINUTE_USD_MAX: usdAmount('250000'),
  OVERMIND_EXECUTION_IN_FLIGHT_USD_MAX: usdAmount('100000'),
  OVERMIND_EXECUTION_REPEATS_MAX: whole(1, 1_000_000, 120),
  OVERMIND_EXECUTION_REPEATS_WINDOW_MS: whole(1_000, 3_600_000, 60_000),
  OVERMIND_EXECUTION_KEEP_WARM_MS: whole(0, 1_000, 2),
  OVERMIND_PERMIT_ENTRY_LIFE_MS: whole(100, 60_000, 2_000),
  OVERMIND_PERMIT_EXIT_LIFE_MS: whole(100, 60_000, 5_000),
  OVERMIND_COMMITMENT: word(['confirmed', 'finalized']).default('confirmed'),
  OVERMIND_FAILPOINT: text.optional(),
});

export type Settings = z.infer<typeof environmentSchema>;

/** Every variable that is read, in the order of `.env.example`. */
export const CONFIG_VARIABLES: readonly string[] = Object.keys(environmentSchema.shape);
