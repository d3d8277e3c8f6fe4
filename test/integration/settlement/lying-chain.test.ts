import { afterEach, describe, expect, it } from 'vitest';
import { useSettleBench } from '../../support/settle-bench.ts';

const bench = useSettleBench(['SOL-USDC', 'AAA-USDC']);
const { settlerOver, untilSettled, fault, sendAndReport, committed, untilHeight } = bench;

const RESERVED = { reserved: '200000000', spent: '0' };
const SPENT = { reserved: '0', spent: '200000000' };
const NOTHING = { reserved: '0', spent: '0' };
const FOREVER = 10_000;

afterEach(() => clear());

/** Each lie on either origin, as its port. */
const ORIGINS = [
  ['the first origin', () => portOf(bench.simnet.url)],
  ['the second origin', () => portOf(bench.simnet.url2)],
] as const;

const portOf = (url: string): number => Number(new URL(url).port);

describe.each(ORIGINS)('when %s lies', (_which, port) => {
  it('a landed transaction that it does not know is not expired', async () => {
    const entry = await bench.trades.enter('SOL-USDC');
    await fault('null-status', { count: FOREVER, port: port() });
    const signature = await sendAndReport(entry);
    // By then it would be dead, had it not landed.
    await untilHeight(await lastHeight(entry.signal.signalId));
    expect(await untilSettled(entry)).toMatchObject({ kind: 'landed', signature });
    expect(await committed()).toEqual(SPENT);
  });

  it('about the height, an end has to wait for its truth', async () => {
    const entry = await bench.trades.enter('SOL-USDC');
    await fault('drop');
    await sendAndReport(entry);
    const height = await lastHeight(entry.signal.signalId);
    await fault('stale-height', { count: FOREVER, port: port(), behind: 100 });
    await untilHeightOfTheHonest(height + 1, port());
    const settle = settlerOver([bench.simnet.url, bench.simnet.url2]);
    expect(await settle([entry.permit.id])).toEqual([]);
    expect(await committed()).toEqual(RESERVED);
    await clear();
    expect(await untilSettled(entry, settle)).toMatchObject({ kind: 'expired' });
    expect(await committed()).toEqual(NOTHING);
  });

  it('and answers nothing but 429, an end has to wait, and a landing does not', async () => {
    const [lost, landed] = [
      await bench.trades.enter('AAA-USDC'),
      await bench.trades.enter('SOL-USDC'),
    ];
    await fault('drop');
    await sendAndReport(lost);
    const signature = await sendAndReport(landed);
    await fault('limit', { method: '*', count: FOREVER, port: port() });
    expect(await untilSettled(landed)).toMatchObject({ kind: 'landed', signature });
    const settle = settlerOver([bench.simnet.url, bench.simnet.url2]);
    expect(await settle([lost.permit.id])).toEqual([]);
    await clear();
    expect(await untilSettled(lost, settle)).toMatchObject({ kind: 'expired' });
  });
});

describe('a fork', () => {
  it('that takes a transaction back for good leaves it to the proof of its end', async () => {
    const entry = await bench.trades.enter('SOL-USDC');
    await fault('fork');
    const signature = await sendAndReport(entry);
    expect(await untilSettled(entry)).toMatchObject({ kind: 'expired', signature });
    expect(await committed()).toEqual(NOTHING);
  });

  it('after which it lands again counts once', async () => {
    const entry = await bench.trades.enter('SOL-USDC');
    await fault('fork', { slots: 5 });
    const signature = await sendAndReport(entry);
    expect(await untilSettled(entry)).toMatchObject({ kind: 'landed', signature });
    expect(await committed()).toEqual(SPENT);
    const { rows } = await bench.pool.query('select count(*) as n from settlements');
    expect(rows).toEqual([{ n: '1' }]);
  });
});

it('a reservation is released once, however many look at the same moment', async () => {
  const entry = await bench.trades.enter('SOL-USDC');
  await fault('drop');
  await sendAndReport(entry);
  await untilHeight((await lastHeight(entry.signal.signalId)) + 1);
  const settlers = Array.from({ length: 5 }, () =>
    settlerOver([bench.simnet.url, bench.simnet.url2]),
  );
  await Promise.all(settlers.map((settle) => untilSettled(entry, settle)));
  expect(await committed()).toEqual(NOTHING);
  expect(bench.faults).toEqual([]);
});

const clear = (): Promise<unknown> => bench.ask('simnet_clearFaults');

async function lastHeight(signalId: string): Promise<number> {
  return (await bench.trades.trackedOf(signalId, 'entry')).lastValidHeight ?? 0;
}

async function untilHeightOfTheHonest(height: number, liar: number): Promise<void> {
  const { url, url2 } = bench.simnet;
  await untilHeight(height, portOf(url) === liar ? url2 : url);
}
