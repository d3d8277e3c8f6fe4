import { afterEach, describe, expect, it } from 'vitest';
import { requestTipFloor } from '../../../adapters/senders/tip-floor.ts';
import { TIP_PERCENTILES } from '../../../domain/execution/tip-floor.ts';
import { httpReply, openEndpoint, type ScriptedEndpoint } from '../../support/scripted-endpoint.ts';

let endpoint: ScriptedEndpoint | undefined;
afterEach(() => endpoint?.close());

async function serve(reply: string): Promise<string> {
  endpoint = await openEndpoint({ answer: (_asked, socket) => void socket.write(reply) });
  return `${endpoint.url}/api/v1/bundles/tip_floor`;
}

/** As Jito wrote it on a quiet day. */
const FLOOR = {
  time: '2026-10-30T11:53:14+00:00',
  landed_tips_25th_percentile: 1.02e-6,
  landed_tips_50th_percentile: 0.000_01,
  landed_tips_75th_percentile: 3.61965e-5,
  landed_tips_95th_percentile: 0.001_449_639,
  landed_tips_99th_percentile: 0.010_007_999,
  ema_landed_tips_50th_percentile: 9.8e-6,
};

describe('the tip floor', () => {
  it('is read by the percentile, in lamports, rounded up', async () => {
    const url = await serve(httpReply('200 OK', JSON.stringify([FLOOR])));
    const floors: bigint[] = [];
    for (const percentile of TIP_PERCENTILES) {
      floors.push(await requestTipFloor(url, percentile, 2_000));
    }
    expect(floors).toEqual([1_020n, 10_000n, 36_197n, 1_449_639n, 10_007_999n]);
  });

  it.each([
    ['no list', JSON.stringify(FLOOR)],
    ['an empty list', '[]'],
    ['a percentile that is missing', '[{"landed_tips_25th_percentile":1e-6}]'],
    ['text for a number', JSON.stringify([{ ...FLOOR, landed_tips_75th_percentile: '1e-6' }])],
    ['less than nothing', JSON.stringify([{ ...FLOOR, landed_tips_75th_percentile: -1e-6 }])],
    ['more than a SOL', JSON.stringify([{ ...FLOOR, landed_tips_75th_percentile: 36_196 }])],
    ['HTML', '<html>'],
    ['far too much', JSON.stringify([FLOOR, 'x'.repeat(20_000)])],
  ])('is not believed: %s', async (_case, body) => {
    const url = await serve(httpReply('200 OK', body));
    await expect(requestTipFloor(url, '75', 2_000)).rejects.toMatchObject({
      code: 'chain/unreachable',
      context: { method: 'tip_floor' },
    });
  });

  it.each([
    ['a refusal', httpReply('429 Too Many Requests', JSON.stringify([FLOOR]))],
    ['silence', ''],
  ])('is not waited for for ever: %s', async (_case, reply) => {
    const url = await serve(reply);
    await expect(requestTipFloor(url, '75', 200)).rejects.toMatchObject({
      code: 'chain/unreachable',
    });
  });
});
