import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { Connection } from '@solana/web3.js';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunFile } from '../../workers/dev/run-file.ts';
import { placeFor, postgresUser } from '../../workers/dev/servers/postgres-user.ts';
import { runCli } from '../support/cli.ts';
import { aCompletion, llmServer, saying, type LlmServer } from '../support/llm-server.ts';
import {
  canariesOf,
  createSearch,
  filesIn,
  formsOf,
  type Canary,
  type Search,
} from './canaries.ts';
import {
  lookThroughApi,
  lookThroughBus,
  lookThroughLedger,
  lookThroughTemporal,
} from './read-everything.ts';
import { recordedFile } from '../support/recorded-data.ts';
import { eventually, isAlive, startSystem, type RunningSystem } from './running-system.ts';

const RECORDING = recordedFile('klines', 'SOLUSDT_perp_1m_MERGED_2025-05-04_2025-06-24.csv.gz');
const FEED =
  RECORDING === undefined
    ? ['--feed', 'synthetic', '--seed', '1']
    : ['--feed', 'replay', '--file', RECORDING];

const SETUP_LIMIT_MS = 240_000;
const TRADES_LIMIT_MS = 180_000;
const CLOSED_MIN = 3;

type LedgerRow = {
  readonly signature: string;
  readonly asset: string;
  readonly amount: string;
  readonly permit_id: string | null;
};

type Settled = {
  readonly permit_id: string;
  readonly kind: string;
  readonly signature: string | null;
};

/** The wallet's deltas of one transaction, read with web3.js: code that the ledger does not share. */
async function deltasOnChain(
  connection: Connection,
  signature: string,
  wallet: string,
): Promise<ReadonlyMap<string, bigint>> {
  const transaction = await connection.getTransaction(signature, {
    commitment: 'confirmed',
    maxSupportedTransactionVersion: 0,
  });
  if (!transaction?.meta) throw new Error(`no transaction ${signature} on chain`);
  const { meta } = transaction;
  const index = transaction.transaction.message.staticAccountKeys.findIndex(
    (key) => key.toBase58() === wallet,
  );
  const deltas = new Map<string, bigint>();
  deltas.set('SOL', BigInt(meta.postBalances[index] ?? 0) - BigInt(meta.preBalances[index] ?? 0));
  for (const [sign, balances] of [
    [-1n, meta.preTokenBalances ?? []],
    [1n, meta.postTokenBalances ?? []],
  ] as const) {
    for (const { owner, mint, uiTokenAmount } of balances) {
      if (owner !== wallet) continue;
      deltas.set(mint, (deltas.get(mint) ?? 0n) + sign * BigInt(uiTokenAmount.amount));
    }
  }
  return new Map([...deltas].filter(([, amount]) => amount !== 0n));
}

/** Secrets that come from outside; what is made here is in the run's own files. */
const GIVEN = {
  OPENAI_API_KEY: `canary-model-${randomBytes(16).toString('hex')}`,
  OVERMIND_LLM_SECOND_API_KEY: `canary-second-${randomBytes(16).toString('hex')}`,
  OVERMIND_PAYLOAD_KEYS: randomBytes(32).toString('hex'),
  HELIUS_API_KEY: `canary-helius-${randomBytes(16).toString('hex')}`,
  OVERMIND_ALERT_TELEGRAM_TOKEN: `1234567890:canary-${randomBytes(16).toString('hex')}`,
  OVERMIND_ALERT_SMTP_PASSWORD: `canary-mail-${randomBytes(16).toString('hex')}`,
};

/** What belongs to them, and is no secret. */
const BESIDE = {
  OVERMIND_ALERT_TELEGRAM_CHAT_ID: '1',
  OVERMIND_ALERT_EMAIL_TO: 'operator@example.org',
  OVERMIND_ALERT_EMAIL_FROM: 'overmind@example.org',
  OVERMIND_ALERT_SMTP_ADDRESS: '127.0.0.1:1',
  OVERMIND_ALERT_SMTP_USER: 'overmind',
};

describe('the whole stack', () => {
  let system: RunningSystem;
  let run: RunFile;
  let pool: pg.Pool;
  let model: LlmServer;
  const modelKeys = new Set<string | undefined>();
  let canaries: readonly Canary[] = [];
  let search: Search;

  beforeAll(async () => {
    model = await llmServer((response, request) => {
      modelKeys.add(request.headers.authorization);
      const advice = { verdict: 'confirm', reasons: ['evidence-agrees'], confidence: 80 };
      saying(aCompletion({ content: JSON.stringify(advice) }))(response);
    });
    const overlay = { OVERMIND_AI_MODE: 'enabled', OVERMIND_LLM_URL: model.url };
    const env = { ...GIVEN, ...BESIDE, ...overlay };
    system = startSystem([...FEED, '--bars', '3000', '--speed', '600'], env);
    run = await eventually(system, 'all processes are up', SETUP_LIMIT_MS, () => {
      const file = system.readRunFile();
      return file?.processes['ingest'] ? file : undefined;
    });
    pool = new pg.Pool({ connectionString: run.addresses['postgres'], max: 2 });
    // The servers end before this pool does; that is expected here.
    pool.on('error', () => undefined);
  });

  afterAll(async () => {
    if (pool && !pool.ended) await pool.end();
    if (system?.child.exitCode === null) {
      system.child.kill('SIGTERM');
      await system.ended;
    }
    system?.remove();
    await model?.stop();
  });

  it('takes market data to settled, managed and closed trades', async () => {
    const closed = await eventually(
      system,
      `${CLOSED_MIN} closed trades`,
      TRADES_LIMIT_MS,
      async () => {
        const { rows } = await pool.query<{ n: string }>(
          "select count(*) as n from outcomes o join positions p using (signal_id) where p.status = 'closed'",
        );
        const n = Number(rows[0]?.n);
        return n >= CLOSED_MIN ? n : undefined;
      },
    );
    expect(closed).toBeGreaterThanOrEqual(CLOSED_MIN);
  });

  it('writes to the ledger what the chain says, row by row', async () => {
    const { rows: entries } = await pool.query<LedgerRow>(
      'select signature, asset, amount::text, permit_id from ledger_entries',
    );
    const { rows: settled } = await pool.query<Settled>(
      'select permit_id, kind, signature from settlements',
    );
    const { rows: runs } = await pool.query<{ wallet: string }>('select wallet from runs');
    const wallet = runs[0]?.wallet ?? '';
    const connection = new Connection(run.addresses['simnet'] ?? '', 'confirmed');

    expect(entries.length).toBeGreaterThanOrEqual(CLOSED_MIN * 2);
    const bySignature = new Map<string, LedgerRow[]>();
    for (const row of entries) {
      bySignature.set(row.signature, [...(bySignature.get(row.signature) ?? []), row]);
    }
    for (const [signature, rows] of bySignature) {
      const booked = new Map(
        rows
          .filter(({ amount }) => amount !== '0')
          .map(({ asset, amount }) => [asset, BigInt(amount)]),
      );
      expect(booked, signature).toEqual(await deltasOnChain(connection, signature, wallet));
    }
    const landed = settled.filter(({ kind }) => kind === 'landed');
    expect(new Set(landed.map(({ signature }) => signature)).size).toBe(landed.length);
    for (const { signature } of landed) expect(bySignature.has(signature ?? '')).toBe(true);
  });

  it('keeps every secret where it belongs: none is in what it stores, says or shows', async () => {
    const env = { OVERMIND_HOME: system.home };
    const made = await runCli(
      ['token', 'create', '--name', 'canary', '--scope', 'risk,analyze', '--json'],
      env,
    );
    const token = String(made.json()['token']);
    canaries = canariesOf(system.home, { ...GIVEN, 'service token': token });
    search = createSearch(canaries);
    // The secrets were in use, or their absence would prove nothing.
    expect(canaries.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['secrets/wallet.json', 'secrets/permit.key', 'OPENAI_API_KEY']),
    );
    expect([...modelKeys]).toEqual([`Bearer ${GIVEN.OPENAI_API_KEY}`]);
    const { rows } = await pool.query(
      `select bool_and(decision_inputs ? 'sealed') as sealed from trades where decision_inputs is not null`,
    );
    expect(rows).toEqual([{ sealed: true }]);

    const looked = {
      tables: await lookThroughLedger(search, pool),
      keys: await lookThroughBus(search, run.addresses['dragonfly'] ?? ''),
      workflows: await lookThroughTemporal(
        search,
        (run.addresses['temporal'] ?? '').replace('http://', ''),
      ),
      answers: await lookThroughApi(search, run.addresses['api'] ?? '', token),
    };
    const commands = [['status'], ['doctor'], ['trades'], ['links'], ['audit', 'list']];
    for (const args of commands.flatMap((one) => [one, [...one, '--json']])) {
      const { stdout, stderr } = await runCli(args, env);
      search.look(`overmind ${args.join(' ')}`, [stdout, stderr]);
    }
    expect(search.hits).toEqual([]);
    console.log(`looked through ${JSON.stringify(looked)}`);
    expect(Math.min(...Object.values(looked))).toBeGreaterThan(5);
  });

  it('stops everything it started, and nothing is left running', async () => {
    const pids = Object.values(system.readRunFile()?.processes ?? {}).map(({ pid }) => pid);
    expect(pids.length).toBeGreaterThanOrEqual(6);
    await pool.end();
    system.child.kill('SIGINT');
    expect(await system.ended).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('leaves no secret in what was printed, nor in any file but those that are for it', () => {
    const { home } = system;
    search.look('printed', system.printed());
    let files = 0;
    // Postgres may not run as root, and then has a folder of its own.
    const places = new Set([home, placeFor(home, postgresUser())]);
    for (const path of [...places].flatMap(filesIn)) {
      const name = relative(home, path);
      if (name.startsWith('secrets/') || name === 'run.json') {
        // Scripts and the command read the servers' addresses from the run file.
        expect([name, statSync(path).mode & 0o077]).toEqual([name, 0]);
        continue;
      }
      search.look(name, readFileSync(path));
      files += 1;
    }
    expect(search.hits).toEqual([]);
    expect(files).toBeGreaterThan(20);
    const mib = Math.round(search.bytes / 2 ** 20);
    console.log(
      `${canaries.length} canaries in ${search.forms} forms, ${files} files, ${mib} MiB in all: ${search.hits.length} found`,
    );
  });

  it('would have found each of them in each form', () => {
    for (const canary of canaries) {
      for (const [form, bytes] of formsOf(canary)) {
        const control = createSearch(canaries);
        control.look('control', {
          text: [Buffer.concat([randomBytes(99), bytes, randomBytes(99)])],
        });
        expect(control.hits).toContainEqual({ name: canary.name, form, where: 'control' });
      }
    }
  });
});

describe('a run with --exit', () => {
  it(
    'closes what is open, reconciles to the base unit and prints the summary',
    async () => {
      const system = startSystem([...FEED, '--bars', '2600', '--speed', 'max', '--exit']);
      const code = await system.ended;
      const summary = JSON.parse(system.printed().trimEnd().split('\n').at(-1) ?? '{}');
      system.remove();

      expect(summary).toMatchObject({ sumsAgree: true, unknown: 0, open: 0 });
      expect(summary.walletDelta).toEqual(summary.settlementSum);
      expect(summary.closed).toBeGreaterThan(0);
      const refusedTrades = summary.candidates - summary.declined - summary.trades;
      expect(refusedTrades).toBeGreaterThanOrEqual(0);
      expect(code).toBe(0);
    },
    SETUP_LIMIT_MS + TRADES_LIMIT_MS,
  );
});
