import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { findOnPath, runTool, unpackedDebs, whyNot } from './obtain.ts';
import type { ServerSetup } from './running-server.ts';

/** Prometheus and AlertManager with the tools that check what they are configured with. */
export type MonitorBinaries = {
  readonly prometheus: string;
  readonly promtool: string;
  readonly alertmanager: string;
  readonly amtool: string;
  /** Where AlertManager must be started to find its own templates; undefined: anywhere. */
  readonly alertmanagerFolder?: string;
  readonly source: string;
};

const PACKAGES = ['prometheus', 'prometheus-alertmanager'];
/** Debian builds this path in; an unpacked package lies elsewhere, and we change nothing outside. */
const TEMPLATES = '/usr/share/prometheus/alertmanager';
/** The same place, as many bytes long, seen from the folder in which AlertManager is started. */
const HERE = './'.repeat(TEMPLATES.length / 2);

/** From PATH, else Debian's packages in the cache; throws `server/missing` with the ways to get them. */
export async function resolveMonitors(setup: ServerSetup): Promise<MonitorBinaries> {
  const found = onPath(setup.env);
  if (found) return found;
  try {
    return await fromDebian(setup);
  } catch (error) {
    throw new OvermindError('server/missing', {
      server: 'prometheus',
      ways: `put prometheus, promtool, alertmanager and amtool on PATH; tried by itself: Debian ${PACKAGES.join(' and ')} (${whyNot(error)})`,
    });
  }
}

function onPath(env: ServerSetup['env']): MonitorBinaries | undefined {
  const [prometheus, promtool, amtool] = ['prometheus', 'promtool', 'amtool'].map((name) =>
    findOnPath(name, env),
  );
  const alertmanager =
    findOnPath('alertmanager', env) ?? findOnPath('prometheus-alertmanager', env);
  if (!prometheus || !promtool || !alertmanager || !amtool) return undefined;
  return { prometheus, promtool, alertmanager, amtool, source: prometheus };
}

async function fromDebian(setup: ServerSetup): Promise<MonitorBinaries> {
  const root = await unpackedDebs('prometheus-debian', PACKAGES, setup, async (into) => {
    const bin = join(into, 'usr/bin');
    findTemplatesHere(join(bin, 'prometheus-alertmanager'));
    for (const name of ['prometheus', 'promtool', 'prometheus-alertmanager', 'amtool']) {
      await runTool(join(bin, name), ['--version'], { env: setup.env, timeoutMs: 10_000 });
    }
  });
  const bin = join(root, 'usr/bin');
  return {
    prometheus: join(bin, 'prometheus'),
    promtool: join(bin, 'promtool'),
    alertmanager: join(bin, 'prometheus-alertmanager'),
    amtool: join(bin, 'amtool'),
    alertmanagerFolder: join(root, TEMPLATES),
    source: `Debian ${PACKAGES.join(' and ')}`,
  };
}

function findTemplatesHere(binary: string): void {
  const bytes = readFileSync(binary);
  let at = bytes.indexOf(TEMPLATES);
  if (at < 0) return; // A build that looks for them beside itself.
  for (; at >= 0; at = bytes.indexOf(TEMPLATES, at)) bytes.write(HERE, at, 'latin1');
  writeFileSync(binary, bytes);
}
