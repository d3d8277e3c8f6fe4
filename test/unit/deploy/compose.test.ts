import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { LEDGER_ROLES } from '../../../adapters/ledger/roles.ts';
import { devServerArgs } from '../../../temporal/dev-server.ts';

type Condition = { readonly condition: string; readonly required?: boolean };
type Service = {
  readonly image: string;
  readonly user: string;
  readonly restart: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt: readonly string[];
  readonly logging: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  readonly command?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: Readonly<Record<string, unknown>>;
  readonly depends_on?: Readonly<Record<string, Condition>>;
  readonly deploy: {
    readonly resources: { readonly limits: { readonly memory: string; readonly cpus: string } };
  };
};
type Compose = {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
};

const root = join(import.meta.dirname, '..', '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const lasting = services.filter(([, { restart }]) => restart !== 'no');
const bytesOf = (memory: string): number =>
  Number.parseInt(memory, 10) * (memory.endsWith('G') ? 1024 : 1);

describe('docker-compose.yml', () => {
  it('has every service, each with its limits', () => {
    const limits = Object.fromEntries(
      services.map(([name, { deploy }]) => {
        const { memory, cpus } = deploy.resources.limits;
        return [name, `${memory} ${cpus}`];
      }),
    );
    expect(limits).toMatchObject({
      dragonfly: '2G 1',
      postgres: '2G 1',
      chroma: '4G 2',
      'overmind-executor': '6G 4',
      'overmind-brain': '4G 2',
    });
    const rest = 'temporal temporal-schema temporal-namespace temporal-ui prometheus grafana';
    const ours = 'alertmanager overmind-trading overmind-ingest overmind-api overmind-simnet';
    for (const name of `${rest} ${ours} tensorzero cli`.split(' ')) {
      expect(limits[name], name).toMatch(/^\d+[GM] [\d.]+$/);
    }
  });

  it('fits the smallest host: what lasts may take 24 GB together', () => {
    const paper = lasting.filter(([, { profiles = ['paper'] }]) => profiles.includes('paper'));
    const megabytes = paper.map(([, { deploy }]) => bytesOf(deploy.resources.limits.memory));
    expect(paper.length).toBe(14);
    expect(megabytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(24 * 1024);
  });

  it('pins every image to one version', () => {
    for (const [name, { image }] of services) {
      expect(image, name).toMatch(/:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    }
    expect(read('ops/docker/Dockerfile')).toMatch(
      /^ARG NODE_IMAGE=node:22\.\d+\.\d+-bookworm-slim$/m,
    );
  });

  it('gives no process a capability, a writable system or a new privilege', () => {
    for (const [name, service] of services) {
      expect(service.cap_drop, name).toEqual(['ALL']);
      expect(service.read_only, name).toBe(true);
      expect(service.security_opt, name).toContain('no-new-privileges:true');
      expect(service.logging, name).toMatchObject({ driver: 'json-file' });
      expect(service.logging.options, name).toHaveProperty('max-size');
      const isRoot = service.user.startsWith('0');
      // One gives volumes away, without a network, and ends.
      expect(isRoot, name).toBe(name === 'volumes');
      expect(service.cap_add ?? [], name).toEqual(isRoot ? ['CHOWN'] : []);
      if (isRoot) expect(service).toMatchObject({ network_mode: 'none', restart: 'no' });
    }
  });

  it('publishes the API, Grafana and the Web UI, on loopback', () => {
    const published = services.flatMap(([name, { ports = [] }]) =>
      ports.map((one): readonly [string, string] => [name, one]),
    );
    expect(published.map(([name]) => name).toSorted()).toEqual([
      'grafana',
      'overmind-api',
      'temporal-ui',
    ]);
    for (const [name, port] of published) expect(port, name).toMatch(/^127\.0\.0\.1:/);
  });

  it('lets out only those who need it', () => {
    const on = (network: string) =>
      services.flatMap(([name, { networks = {} }]) => (network in networks ? [name] : []));
    expect(on('egress').toSorted()).toEqual([
      'overmind-brain',
      'overmind-executor',
      'overmind-ingest',
      'tensorzero',
    ]);
    expect(on('published').toSorted()).toEqual(['grafana', 'overmind-api', 'temporal-ui']);
    expect(compose.networks).toMatchObject({
      data: { internal: true },
      control: { internal: true },
    });
    for (const name of ['postgres', 'dragonfly', 'chroma'])
      expect(on('control')).not.toContain(name);
  });

  it('asks every lasting service how it is, the API as was agreed', () => {
    for (const [name, { healthcheck }] of lasting) expect(healthcheck, name).toHaveProperty('test');
    expect(compose.services['overmind-api']?.healthcheck).toEqual({
      test: ['CMD', 'curl', '-f', 'http://localhost:8080/health'],
      interval: '30s',
      timeout: '10s',
      retries: 3,
      start_period: '60s',
    });
  });

  it('starts in order: healthy before used, one-shots to their end', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const [before, { condition }] of Object.entries(depends_on)) {
        const isOneShot = compose.services[before]?.restart === 'no';
        const wanted = isOneShot ? 'service_completed_successfully' : 'service_healthy';
        expect(condition, `${name} after ${before}`).toBe(wanted);
      }
    }
    // Absent outside paper, and compose refuses a dependency that is not there.
    expect(compose.services['prepare']?.depends_on?.['overmind-simnet']?.required).toBe(false);
  });

  it('lets each process into the ledger as itself', () => {
    const init = read('ops/postgres/init/10-roles.sql');
    for (const role of LEDGER_ROLES) {
      expect(init).toMatch(new RegExp(`^create role overmind_${role} login password`, 'm'));
      const service = compose.services[`overmind-${role}`];
      if (role === 'reader') continue; // Grafana's, which holds no address of ours.
      const name = `${role}_database_url`;
      expect(service?.environment?.['DATABASE_URL_FILE']).toBe(`/run/secrets/${name}`);
      expect(service?.secrets).toContain(name);
      expect(service?.secrets).not.toContain('database_url');
    }
    expect(read('ops/grafana/provisioning/datasources/overmind.yml')).toContain('overmind_reader');
  });

  it('hands secrets over as files, the wallet to the executor and to whoever makes it', () => {
    for (const [name, { environment = {}, command = '' }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        const isSecret =
          /PASSWORD|_KEY$|_URL$|_PWD/.test(variable) && /:\/\/[^/]*@|[0-9a-f]{32}/.test(value);
        expect(isSecret, `${name} ${variable}`).toBe(false);
      }
      expect(String(command), name).not.toMatch(/requirepass|password/i);
    }
    const wallet = services.filter(([, { volumes = [] }]) =>
      volumes.some((one) => one.startsWith('wallet:')),
    );
    expect(wallet.map(([name]) => name)).toEqual(['prepare', 'overmind-executor']);
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/secrets\//);
    expect(read('.gitignore')).toMatch(/^\/secrets\/$/m);
  });

  it('names volumes, secrets, networks and entry points that exist', () => {
    const build = JSON.parse(read('tsconfig.build.json')) as { readonly files: readonly string[] };
    for (const [name, { volumes = [], secrets = [], networks = {}, command = [] }] of services) {
      for (const secret of secrets) expect(compose.secrets, name).toHaveProperty(secret);
      for (const network of Object.keys(networks)) expect(compose.networks).toHaveProperty(network);
      const named = volumes
        .map((one) => one.split(':')[0] ?? '')
        .filter((one) => /^[a-z]/.test(one));
      for (const volume of named) expect(Object.keys(compose.volumes), name).toContain(volume);
      const entry = [command]
        .flat()
        .join(' ')
        .split(' ')
        .find((part) => part.endsWith('main.js'));
      if (entry) expect(build.files).toContain(entry.replace(/\.js$/, '.ts'));
    }
    for (const path of ['ops/postgres/init/10-roles.sql', 'temporal/server/schema.sh']) {
      expect(existsSync(join(root, path)), path).toBe(true);
    }
  });
});

describe('the configuration of Temporal in Compose', () => {
  it('has the dynamic keys of the dev server, which npm start runs', () => {
    const keys = parse(read('temporal/server/dynamic-config.yaml')) as Readonly<
      Record<string, readonly [{ readonly value: unknown }]>
    >;
    const place = { port: 1, uiPort: 2, metricsPort: 3, database: 'x' };
    const args = devServerArgs(place);
    const wanted = args.flatMap((arg, index) =>
      args[index - 1] === '--dynamic-config-value' ? [arg] : [],
    );
    const ours = Object.entries(keys).map(
      ([key, [{ value }]]) => `${key}=${JSON.stringify(value)}`,
    );
    expect(ours.toSorted()).toEqual(wanted.toSorted());
  });
});
