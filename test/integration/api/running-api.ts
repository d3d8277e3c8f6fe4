import { readControlState } from '../../../adapters/ledger/read-control.ts';
import { runCli, type CliResult } from '../../support/cli.ts';
import { startSmallSystem, type SmallSystem } from '../../support/small-system.ts';

export type Reply = {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
};

export type SendOptions = {
  /** Empty: none. Absent: the one that may do everything. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
};

export type RunningApi = {
  readonly system: SmallSystem;
  readonly cli: (...args: readonly string[]) => Promise<CliResult>;
  readonly makeToken: (name: string, scopes: string) => Promise<string>;
  /** Of the token that may do everything. */
  readonly token: string;
  readonly send: (
    path: string,
    body: string | Buffer | object,
    options?: SendOptions,
  ) => Promise<Reply>;
  /** What an order could have changed. */
  readonly readState: () => Promise<{
    readonly halted: boolean;
    readonly haltEpoch: number;
    readonly reduceOnly: readonly object[];
    readonly trades: string | undefined;
  }>;
};

/** The whole small system, and a token that may do everything. */
export async function startApi(
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningApi> {
  const system = await startSmallSystem({ settings });
  const cli = (...args: readonly string[]) =>
    runCli(args, { ...settings, OVERMIND_HOME: system.home });
  const makeToken = async (name: string, scopes: string): Promise<string> => {
    const args = ['token', 'create', '--name', name, '--scope', scopes, '--json'];
    return String((await cli(...args)).json()['token']);
  };
  const all = await makeToken('all', 'analyze,risk,control');
  return {
    ...{ system, cli, makeToken, token: all },
    async send(path, body, { token = all, headers = {}, method = 'POST' } = {}) {
      const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      const response = await fetch(`${system.apiUrl}${path}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        // A Buffer is a body; the types of fetch know it by another name.
        ...(method === 'POST' ? { body: text as string } : {}),
      });
      // Whatever is answered is an object; each test says which.
      const said = (await response.json()) as Record<string, unknown>;
      return { status: response.status, body: said, headers: response.headers };
    },
    async readState() {
      const { halted, haltEpoch, reduceOnly } = await readControlState(system.pool);
      const { rows } = await system.pool.query<{ readonly trades: string }>(
        'select count(*) as trades from trades',
      );
      return { halted, haltEpoch, reduceOnly, trades: rows[0]?.trades };
    },
  };
}
