import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PublicKey } from '@solana/web3.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../adapters/market-data/random.ts';
import { connectTo, nextSlot, rpc } from '../../contract/simnet/client.ts';
import { beginSimnet, startSimnet, type RunningSimnet } from '../../support/simnet.ts';
import { createTraffic, type Traffic } from './traffic.ts';

const KILLS = 10;
const SLOT_MS = 30;
/** A start takes a second, and on a loaded machine many. */
const LIMIT_MS = 300_000;
const FEE = 5_000n;
const LIFE_MS_MAX = 1_200;
/** Starting takes about a second: a kill in it meets the replay or the first snapshot. */
const START_MS_MAX = 1_300;
/** Longer than a blockhash lives and finality takes: whatever has not landed by then never will. */
const SLOTS_TO_THE_END = 190;

/** Between slot and height; simnet's every slot has a block. */
const SLOTS_WITHOUT_BLOCK = 1_000;

const SEED = Number(process.env['OVERMIND_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** What a client has been told, and so must be told again. */
type Told = { slot: number; confirmed: Map<string, string> };

describe(`simnet, killed ${KILLS} times while it is used (seed ${SEED})`, () => {
  let folder: string;
  let random: Random;
  let traffic: Traffic;
  let funded: bigint;
  let simnet: RunningSimnet;
  const told: Told = { slot: 0, confirmed: new Map() };
  const start = () => startSimnet({ slotMs: SLOT_MS, state: folder });

  beforeAll(async () => {
    console.log(`seed ${SEED}; OVERMIND_TEST_SEED=${SEED} draws the same operations again`);
    folder = mkdtempSync(join(tmpdir(), 'overmind-simnet-'));
    random = createRandom(SEED);
    traffic = createTraffic(random);
    simnet = await start();
    funded = await traffic.begin(simnet);
  });
  afterAll(async () => {
    await simnet.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'goes on where it was, tells nothing twice in two ways, and never goes back',
    async () => {
      for (let kill = 1; kill <= KILLS; kill += 1) {
        await useUntilKilled(simnet);
        if (kill % 3 === 0) await killWhileStarting();
        simnet = await start();
        await look(simnet);
      }
      expect(traffic.sent.length).toBeGreaterThan(KILLS);
    },
    LIMIT_MS,
  );

  it(
    'has landed everything that it took, once, and balances to the lamport',
    async () => {
      await nextSlot(simnet.url, SLOTS_TO_THE_END);
      await look(simnet);
      const statuses = await statusesOf(traffic.sent.map(({ signature }) => signature));
      let expected = funded;
      for (const one of traffic.sent) {
        const status = statuses.get(one.signature);
        if (one.kind === 'dead') expect(status, one.kind).toBeNull();
        else if (one.acknowledged) expect(status, `${one.kind} ${one.signature}`).not.toBeNull();
        // All or none, also of a bundle that nobody acknowledged.
        for (const other of one.bundle) expect(statuses.get(other) === null).toBe(status === null);
        if (!status) continue;
        expect(status.err === null, one.kind).toBe(one.kind !== 'fails');
        expected -= FEE + (status.err === null ? one.lamports + one.tip : 0n);
      }
      expect(await lamportsOf(traffic.payer)).toBe(expected);
      await expectRecipients(statuses);
      await expectGifts();
    },
    LIMIT_MS,
  );

  it(
    'has each signature once in the history, and the pool where it was put',
    async () => {
      const listed = await traffic.ask(simnet.url, 'getSignaturesForAddress', traffic.payer);
      const landed = [...(await statusesOf(traffic.sent.map(({ signature }) => signature)))]
        .filter(([, status]) => status !== null)
        .map(([signature]) => signature);
      const ids = listed.map(({ signature }: { signature: string }) => signature);
      expect(ids.toSorted()).toEqual(landed.toSorted());
      await traffic.setPool(simnet);
      const before = await everything();
      await simnet.kill();
      simnet = await start();
      expect(await everything()).toEqual(before);
    },
    LIMIT_MS,
  );

  const useUntilKilled = async (running: RunningSimnet): Promise<void> => {
    const killed = wait(random.next() * LIFE_MS_MAX).then(() => running.kill());
    try {
      for (;;) {
        await traffic.step(running);
        await look(running);
      }
    } catch (error) {
      // How fetch says that the connection broke; anything else is a finding.
      if (!(error instanceof TypeError && /fetch failed|terminated/.test(error.message))) {
        throw error;
      }
    }
    await killed;
  };

  const killWhileStarting = async (): Promise<void> => {
    const { ready, kill } = beginSimnet({ slotMs: SLOT_MS, state: folder });
    const outcome = ready.catch(() => undefined);
    await wait(random.next() * START_MS_MAX);
    await kill();
    await outcome;
  };

  /** Asks for what was told before; what was confirmed once is so for ever. */
  const look = async (running: RunningSimnet): Promise<void> => {
    const { slot, height } = await traffic.ask(running.url, 'simnet_status');
    expect(slot).toBeGreaterThanOrEqual(told.slot);
    expect(slot - height).toBe(SLOTS_WITHOUT_BLOCK);
    told.slot = slot;
    const recent = traffic.sent.slice(-40).map(({ signature }) => signature);
    const { value } = await traffic.ask(running.url, 'getSignatureStatuses', recent);
    for (const [index, status] of value.entries()) {
      const signature = recent[index] ?? '';
      const known = told.confirmed.get(signature);
      const isSettled = status !== null && status.confirmationStatus !== 'processed';
      const now = isSettled ? JSON.stringify([status.slot, status.err]) : undefined;
      if (known !== undefined) expect(now).toBe(known);
      else if (now !== undefined) told.confirmed.set(signature, now);
    }
  };

  const statusesOf = async (signatures: readonly string[]): Promise<Map<string, any>> => {
    const all = new Map<string, any>();
    for (let at = 0; at < signatures.length; at += 256) {
      const page = signatures.slice(at, at + 256);
      const { value } = await traffic.ask(simnet.url, 'getSignatureStatuses', page);
      page.forEach((signature, index) => all.set(signature, value[index]));
    }
    return all;
  };

  const lamportsOf = async (address: string): Promise<bigint> =>
    BigInt(await connectTo(simnet).getBalance(new PublicKey(address), 'processed'));

  const expectRecipients = async (statuses: ReadonlyMap<string, any>): Promise<void> => {
    const paid = new Map<string, bigint>();
    for (const { to, signature, lamports } of traffic.sent) {
      if (to === '') continue;
      const hasLanded = statuses.get(signature)?.err === null;
      paid.set(to, (paid.get(to) ?? 0n) + (hasLanded ? lamports : 0n));
    }
    for (const [to, lamports] of paid) expect(await lamportsOf(to)).toBe(lamports);
  };

  const expectGifts = async (): Promise<void> => {
    for (const { kind, account, amount, acknowledged } of traffic.given) {
      const config = { commitment: 'processed' };
      const { result, error } =
        kind === 'airdrop'
          ? await rpc(simnet.url, 'getBalance', account, config)
          : await rpc(simnet.url, 'getTokenAccountBalance', account, config);
      const value = error ? '0' : String(result.value.amount ?? result.value);
      if (acknowledged) expect(value).toBe(String(amount));
      else expect([String(amount), '0']).toContain(value);
    }
  };

  /** Everything that is final by now, as clients read it. */
  const everything = async (): Promise<unknown> => {
    const { pool, reserves, ask } = traffic;
    const statuses = await statusesOf(traffic.sent.map(({ signature }) => signature));
    const landed = [...statuses].filter(([, status]) => status !== null).map(([id]) => id);
    const transactions = await Promise.all(
      landed.map((id) =>
        ask(simnet.url, 'getTransaction', id, {
          commitment: 'confirmed',
          maxSupportedTransactionVersion: 0,
        }),
      ),
    );
    const accounts = [pool.pool, pool.ammConfig, pool.vault0, pool.vault1, pool.observation];
    const options = { encoding: 'base64', commitment: 'processed' };
    const { value } = await ask(simnet.url, 'getMultipleAccounts', accounts, options);
    // Less the fees that the pool keeps apart, its vaults hold what it was set to.
    const state = Buffer.from(value[0].data[0], 'base64');
    const keptOf = (offsets: readonly number[]): bigint =>
      offsets.reduce((sum, offset) => sum + state.readBigUInt64LE(offset), 0n);
    const vaultOf = (index: number): bigint =>
      Buffer.from(value[index].data[0], 'base64').readBigUInt64LE(64);
    expect(vaultOf(2) - keptOf([341, 357, 397])).toBe(reserves().base);
    expect(vaultOf(3) - keptOf([349, 365, 405])).toBe(reserves().quote);
    return { statuses: Object.fromEntries(statuses), transactions, value };
  };
});
