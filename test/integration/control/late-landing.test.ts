import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callRpc } from '../../../adapters/chain/json-rpc.ts';
import { decodePermit } from '../../../domain/risk/permit-codec.ts';
import { startHaltingSystem, type HaltingSystem } from '../../support/halting-system.ts';

const soon = { timeout: 30_000, interval: 20 };
let system: HaltingSystem;

beforeAll(async () => {
  system = await startHaltingSystem();
}, 180_000);
afterAll(() => system?.stop());

describe('an entry that lands after FENCED', () => {
  it('becomes a position, and the flatten sells it too', async () => {
    // Three seconds of slots: longer than the command needs to be FENCED.
    const delay = { kind: 'delay', count: 1, slots: 60 };
    await callRpc(system.simnet.url, 'simnet_fault', [delay]);
    const candidate = await system.offer(1);
    const permits = async () =>
      (await system.pool.query('select leg, status, p from permits order by created_at')).rows;
    await expect.poll(permits, soon).toMatchObject([{ leg: 'entry', status: 'submitted' }]);

    const { json, stderr, code } = await system.cli(['flatten', '--json']);
    expect(json(), stderr).toMatchObject({ fenced: true, flat: true, haltEpoch: 1 });
    expect(code).toBe(0);
    await system.untilStage(candidate, 'closed');

    const [entry, exit, ...others] = (await permits()) as { status: string; p: string }[];
    expect(others).toEqual([]);
    expect(entry?.status).toBe('landed');
    expect(exit?.status).toBe('landed');
    expect(decodePermit(entry?.p ?? '')).toMatchObject({ haltEpoch: 0, flattenOf: undefined });
    expect(decodePermit(exit?.p ?? '')).toMatchObject({ haltEpoch: 1, flattenOf: 1 });
    const { rows } = await system.pool.query(
      `select s.created_at > c.halted_at as after from settlements s, control c
       where s.permit_id like '%/entry/1'`,
    );
    expect(rows).toEqual([{ after: true }]);
  });
});
