import { describe, expect, it } from 'vitest';
import { permitStreamOf, STREAMS } from '../../../adapters/bus/stream-names.ts';
import type { PermitFields } from '../../../domain/risk/permit.ts';
import { useExecutorBench } from '../../support/executor-bench.ts';

const bench = useExecutorBench('SOL-USDC');
const { permit, publish, reports, reportOf } = bench;

const stream = (): string => permitStreamOf(bench.secrets.wallet);
const submissionsOf = async ({ id }: PermitFields) =>
  (await reports()).filter(({ permitId, kind }) => permitId === id && kind === 'submitted');

/** Whatever was in the stream before it has been read by then. */
async function kindOfAnother(n: string): Promise<string> {
  const next = permit(n);
  await publish(next);
  return (await reportOf(next)).kind;
}

describe('an executor whose bus', () => {
  it('is wiped while it waits goes on, and executes nothing of before a second time', async () => {
    const fields = permit('before-the-wipe');
    await publish(fields);
    await reportOf(fields);
    await bench.bus.flushall();
    await publish(fields); // As the sweeper does for what has no report.
    expect(await kindOfAnother('after-the-wipe')).toBe('submitted');
    expect(await submissionsOf(fields)).toEqual([]);
  });

  it('was rolled back reads old permits again, and executes none', async () => {
    const fields = permit('rolled-back');
    await publish(fields);
    await reportOf(fields);
    const entries = await bench.bus.xrange(stream(), '-', '+');
    await bench.bus.del(stream()); // Its group and its place go with it.
    for (const [id, pairs] of entries) await bench.bus.xadd(stream(), id, ...pairs);
    expect(await kindOfAnother('after-the-roll-back')).toBe('submitted');
    expect(await submissionsOf(fields)).toHaveLength(1);
  });

  it('loses the group under a blocked read makes it again', async () => {
    await bench.bus.xgroup('DESTROY', stream(), 'executor');
    expect(await kindOfAnother('after-the-group')).toBe('submitted');
  });

  it('is full of what nobody signed reads past all of it', async () => {
    const { maxLength } = STREAMS.permits;
    const pipeline = bench.bus.pipeline();
    for (let n = 0; n < maxLength; n += 1) pipeline.xadd(stream(), '*', 'p', 'v1|x', 'm', '00');
    await pipeline.exec();
    expect(await kindOfAnother('after-the-flood')).toBe('submitted');
    const [waiting] = (await bench.bus.xpending(stream(), 'executor')) as [number];
    expect(waiting).toBe(0);
  });
});
