import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../support/cli.ts';
import { startSmallSystem, type SmallSystem } from '../../support/small-system.ts';

type Finding = {
  readonly name: string;
  readonly state: 'ok' | 'failed' | 'missing';
  readonly found: string;
  readonly advice?: string;
};

let system: SmallSystem;

async function doctor(
  env: Readonly<Record<string, string>> = {},
  args: readonly string[] = ['doctor', '--json'],
) {
  const { code, json } = await runCli(args, { OVERMIND_HOME: system.home, ...env });
  const { ok, findings } = json() as { ok: boolean; findings: Finding[] };
  const failed = findings.filter(({ state }) => state === 'failed').map(({ name }) => name);
  return { code, ok, findings, failed };
}

beforeAll(async () => {
  system = await startSmallSystem({ chroma: true });
}, 180_000);

afterAll(() => system?.stop());

/** In this order: later cases take parts away. */
describe('overmind doctor', () => {
  it('passes a system that runs, with the versions it found', async () => {
    const { code, ok, findings, failed } = await doctor();
    expect(failed).toEqual([]);
    expect([code, ok]).toEqual([0, true]);
    const found = Object.fromEntries(findings.map((one) => [one.name, one.found]));
    expect(found['node']).toBe(process.versions.node);
    expect(found['postgres']).toMatch(/^1[5-9]\./);
    expect(found['dragonfly']).toMatch(/version \d+\./);
    expect(found['temporal']).toMatch(/version \d+\./);
    expect(found['chroma']).toMatch(/version \d+\./);
    expect(found['chain']).toMatch(/no public cluster, slot \d+/);
    expect(found['executor']).toBe('epoch 1, 1 markets fresh');
    const password = new URL(system.servers.postgresUrl).password;
    expect(JSON.stringify(findings)).not.toContain(password);
  });

  it('names a secret that others may read, and says what to do', async () => {
    const path = join(system.home, 'secrets', 'permit.key');
    chmodSync(path, 0o644);
    const { code, findings, failed } = await doctor();
    chmodSync(path, 0o600);
    expect(failed).toEqual(['secret files']);
    const finding = findings.find(({ name }) => name === 'secret files');
    expect(finding?.found).toContain(`${path} has mode 644, wants 600`);
    expect(finding?.advice).toMatch(/chmod 600/);
    expect(code).toBe(1);
  });

  it('shows the way to live: what is done, what is missing, and what is not built', async () => {
    const live = ['doctor', '--live', '--json'];
    const { code, failed, findings } = await doctor({}, live);
    expect(code).toBe(1);
    expect(findings).toHaveLength(11);
    expect(failed).toEqual(
      expect.arrayContaining(['paper: traded', 'paper: earns', 'gate', 'people', 'large entries']),
    );
    for (const name of ['live feed', 'shadow', 'live']) {
      expect(findings).toContainEqual(
        expect.objectContaining({ name, state: 'failed', found: 'not built yet' }),
      );
    }

    const env = { OVERMIND_HOME: system.home };
    for (const name of ['anna', 'bela']) await runCli(['operator', 'add', name], env);
    const ready = await doctor(
      {
        OVERMIND_EV_GATE: 'enforce',
        OVERMIND_APPROVAL_USD_MIN: '100',
        OVERMIND_ALERT_WEBHOOK_URL: 'https://example.org/hook',
        OVERMIND_RPC_URLS: 'https://one.example,https://two.example',
      },
      live,
    );
    // Settings can be made; trades, days and an edge cannot, and what is not built stays so.
    expect(ready.failed.filter((name) => !/^paper|^live|^shadow/.test(name))).toEqual([]);
    expect(ready.code).toBe(1);
    expect(ready.findings.find(({ name }) => name === 'people')?.found).toBe('anna, bela');
  });

  it('sees a migration that was not applied', async () => {
    await system.pool.query('delete from schema_versions where version = 2');
    const { findings, failed } = await doctor();
    await system.pool.query(
      "insert into schema_versions (version, name) values (2, '002-realised.sql')",
    );
    expect(failed).toEqual(['schema']);
    expect(findings.find(({ name }) => name === 'schema')?.found).toContain('002-realised.sql');
  });

  it('reports what is only comfort, and passes all the same', async () => {
    const env = { OVERMIND_DATA_DIR: join(system.home, 'none'), CHROMA_URL: 'http://127.0.0.1:1' };
    const { code, findings } = await doctor(env);
    const missing = findings.filter(({ state }) => state === 'missing').map(({ name }) => name);
    expect(missing).toEqual(expect.arrayContaining(['recorded data', 'chroma']));
    expect(code).toBe(0);
  });

  it('tells which parts are gone', async () => {
    await system.executor.kill();
    // Until its lease has run out the executor counts as alive for the others.
    await system.pool.query('update executor_lease set expires_at = now()');
    rmSync(join(system.home, 'run', 'executor.sock'), { force: true });
    const { code, failed, findings } = await doctor({ DRAGONFLY_URL: 'redis://127.0.0.1:1' });
    expect(failed).toEqual(expect.arrayContaining(['executor lease', 'executor', 'dragonfly']));
    expect(findings.find(({ name }) => name === 'executor')?.advice).toMatch(/log/);
    expect(code).toBe(1);
  });

  it('reads as a list with what to do', async () => {
    const { stdout } = await runCli(['doctor'], { OVERMIND_HOME: join(system.home, 'none') });
    expect(stdout).toMatch(/^FAILED +postgres +no address is known\n +→ npm start starts it/m);
    expect(stdout).toMatch(/\d+ of \d+ checks failed\.$/m);
  });
});
