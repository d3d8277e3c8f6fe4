import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { OvermindError } from '../domain/shared/errors.ts';
import { basisPoints, lamports } from '../domain/shared/units.ts';
import { CONFIG_VARIABLES, environmentSchema, type Settings } from './environment.ts';
import { withFiles } from './from-files.ts';
import { missingOfAlerts, peopleOf } from './alerts.ts';
import { gatewayOf, overlayOf } from './overlay.ts';
import { sendingOf, tipMaxForSender } from './sending.ts';

function configOf(env: Settings) {
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
      overlay: overlayOf(env),
      /** Told how trades ended that it was asked about; undefined: nobody is. */
      gateway: gatewayOf(env),
    },
    evGate: env.OVERMIND_EV_GATE ?? (env.SNIPER_TRADING_MODE === 'paper' ? 'observe' : 'enforce'),
    addresses: addressesOf(env),
    passwords: { postgres: env.POSTGRES_PASSWORD, dragonfly: env.DRAGONFLY_PASSWORD },
    files: filesOf(env, home),
    /** Of what is stored in Postgres and Temporal. */
    payloads: {
      keys: env.OVERMIND_PAYLOAD_KEYS ?? [],
      inTemporal: env.OVERMIND_TEMPORAL_CODEC === 'on',
    },
    solUsdc: env.OVERMIND_SOL_USDC,
    /** Where the executor is to die; read by it alone. */
    failpoint: env.OVERMIND_FAILPOINT,
    trade: tradeOf(env),
    risk: riskOf(env),
    /** Entries of at least this size wait for a person; undefined: none does. */
    approval: {
      notionalMin: env.OVERMIND_APPROVAL_USD_MIN,
      withinMs: env.OVERMIND_APPROVAL_WITHIN_MS,
    },
    api: { requestsPerSecondMax: env.OVERMIND_API_REQUESTS_PER_SECOND_MAX },
    execution: executionOf(env),
    sending: sendingOf(env),
    /** Whom AlertManager tells. */
    alerts: peopleOf(env),
  };
}

export type Config = ReturnType<typeof configOf>;

function addressesOf(env: Settings) {
  const { QUICKNODE_RPC_URL: quicknode } = env;
  return {
    postgres: env.DATABASE_URL,
    dragonfly: env.DRAGONFLY_URL,
    chroma: env.CHROMA_URL,
    temporal: env.TEMPORAL_ADDRESS,
    /** Of the Web UI, as a browser reaches it; undefined: no row leads there. */
    temporalUi: env.OVERMIND_TEMPORAL_UI_URL,
    /** Where this process itself serves the metrics of Temporal's SDK; undefined: nowhere. */
    sdkMetrics: env.OVERMIND_SDK_METRICS_ADDRESS,
    rpc:
      env.OVERMIND_RPC_URLS ?? outsidePaper(env, quicknode === undefined ? undefined : [quicknode]),
    jito: outsidePaper(env, env.OVERMIND_JITO_URLS),
    sender: outsidePaper(env, env.OVERMIND_SENDER_URLS),
    tipFloor: env.SNIPER_TRADING_MODE === 'paper' ? undefined : env.OVERMIND_TIP_FLOOR_URL,
    jitoGrpc: env.OVERMIND_JITO_GRPC_URL,
    /** Where our own processes listen. */
    bind: env.OVERMIND_BIND,
    apiHost: env.OVERMIND_API_HOST,
    apiPort: env.OVERMIND_API_PORT,
    brain: { host: env.OVERMIND_BRAIN_HOST, port: env.OVERMIND_BRAIN_PORT },
  };
}

/**
 * A provider's account, a block engine and a Sender lead to a public cluster, where paper must not
 * send anything: it has simnet, which is all of them.
 */
function outsidePaper(
  { SNIPER_TRADING_MODE: mode }: Settings,
  urls: readonly string[] | undefined,
) {
  return mode === 'paper' ? undefined : urls;
}

function filesOf(env: Settings, home: string) {
  return {
    wallet: env.OVERMIND_WALLET_FILE ?? join(home, 'secrets', 'wallet.json'),
    permitKey: env.OVERMIND_PERMIT_KEY_FILE ?? join(home, 'secrets', 'permit.key'),
    executorSocket: socketPath(home, 'executor.sock'),
    beat: env.OVERMIND_BEAT_FILE,
    journal: join(home, 'journal'),
  };
}

function tradeOf(env: Settings) {
  return {
    notional: env.OVERMIND_TRADE_NOTIONAL_USD,
    notionalMin: env.OVERMIND_TRADE_NOTIONAL_USD_MIN,
    slippageMax: basisPoints(env.OVERMIND_SLIPPAGE_BPS_MAX),
    exitSlippageMax: basisPoints(env.OVERMIND_EXIT_SLIPPAGE_BPS_MAX),
  };
}

function riskOf(env: Settings) {
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

function executionOf(env: Settings) {
  return {
    tipMax: lamports(BigInt(env.OVERMIND_TIP_LAMPORTS_MAX)),
    feeMax: lamports(BigInt(env.OVERMIND_FEE_LAMPORTS_MAX)),
    entryLifeMs: env.OVERMIND_PERMIT_ENTRY_LIFE_MS,
    exitLifeMs: env.OVERMIND_PERMIT_EXIT_LIFE_MS,
    commitment: env.OVERMIND_COMMITMENT,
    keepWarmMs: env.OVERMIND_EXECUTION_KEEP_WARM_MS,
    /** What the executor itself signs at most, whatever risk approved. */
    limits: {
      signaturesPerMinuteMax: env.OVERMIND_EXECUTION_SIGNATURES_PER_MINUTE_MAX,
      buysPerMinuteMax: env.OVERMIND_EXECUTION_BUYS_PER_MINUTE_USD_MAX,
      inFlightMax: env.OVERMIND_EXECUTION_IN_FLIGHT_USD_MAX,
      repeatsMax: env.OVERMIND_EXECUTION_REPEATS_MAX,
      repeatsWindowMs: env.OVERMIND_EXECUTION_REPEATS_WINDOW_MS,
    },
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
  const { env: whole, faults: unread } = withFiles(env, CONFIG_VARIABLES);
  const given = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(given);
  const faults = [
    ...unread,
    ...(parsed.error?.issues ?? []).map(({ path, message }) => faultOf(path[0], message, given)),
    ...modeFaults(given),
    ...(parsed.data ? faultsTogether(parsed.data, given) : []),
  ];
  if (parsed.data && faults.length === 0) return configOf(parsed.data);
  throw new OvermindError('config/invalid', { faults: [...new Set(faults)].join('\n') });
}

type Given = Readonly<Record<string, string | undefined>>;

/** Looked at in the raw texts, so that a fault elsewhere does not hide them. */
function modeFaults(given: Given): string[] {
  const mode = given['SNIPER_TRADING_MODE'] ?? 'paper';
  const faults: string[] = [];
  if (mode === 'live' && given['OVERMIND_LIVE_CONFIRM'] === undefined) {
    const wanted = 'the public key of the wallet before real money is traded';
    faults.push(faultOf('OVERMIND_LIVE_CONFIRM', wanted, given));
  }
  if ((mode === 'live' || mode === 'shadow') && given['OVERMIND_EV_GATE'] === 'observe') {
    faults.push(faultOf('OVERMIND_EV_GATE', `enforce, which is all that ${mode} has`, given));
  }
  return faults;
}

/** Of values that are right each for itself. */
function faultsTogether(env: Settings, given: Given): string[] {
  const wanted = 'a value, since another one of its receiver is given';
  return [
    ...sizeFaults(env, given),
    ...tipFaults(env, given),
    ...codecFaults(env, given),
    ...missingOfAlerts(env).map((name) => faultOf(name, wanted, given)),
  ];
}

/** Without a key the codec would write in the clear what somebody wants sealed. */
function codecFaults(env: Settings, given: Given): string[] {
  if (env.OVERMIND_TEMPORAL_CODEC === 'off' || env.OVERMIND_PAYLOAD_KEYS !== undefined) return [];
  const wanted = 'a key, since OVERMIND_TEMPORAL_CODEC is on';
  return [faultOf('OVERMIND_PAYLOAD_KEYS', wanted, given)];
}

/** A smallest size above the full one would make every trade larger than it should be. */
function sizeFaults(env: Settings, given: Given): string[] {
  if (env.OVERMIND_TRADE_NOTIONAL_USD_MIN <= env.OVERMIND_TRADE_NOTIONAL_USD) return [];
  const name = 'OVERMIND_TRADE_NOTIONAL_USD_MIN';
  return [faultOf(name, 'at most OVERMIND_TRADE_NOTIONAL_USD', given)];
}

/** Below its minimum Sender refuses every transaction, and the fast route would lose it unnoticed. */
function tipFaults(env: Settings, given: Given): string[] {
  if (env.SNIPER_TRADING_MODE === 'paper' || env.OVERMIND_SENDER_URLS === undefined) return [];
  const wanted = tipMaxForSender(sendingOf(env).sender.tipMin);
  if (BigInt(env.OVERMIND_TIP_LAMPORTS_MAX) >= wanted) return [];
  const why = `at least ${wanted}, so that tips reach what Sender asks for`;
  return [faultOf('OVERMIND_TIP_LAMPORTS_MAX', why, given)];
}

function faultOf(variable: PropertyKey | undefined, wanted: string, given: Given): string {
  const name = String(variable ?? 'environment');
  return `${name}: got ${shown(name, given[name])}, wants ${wanted}`;
}

/** Logs are read by more people than secrets should be. */
function shown(name: string, value: string | undefined): string {
  if (value === undefined) return 'nothing';
  if (/KEY|PASSWORD/.test(name)) return '(hidden)';
  // Users, passwords and access tokens travel in addresses.
  if (name.includes('URL')) return `${/^[a-z]{2,10}:\/\//.exec(value)?.[0] ?? ''}(hidden)`;
  return JSON.stringify(value);
}
