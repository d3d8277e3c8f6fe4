import { createServer, request, Agent, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { STREAMS } from '../../../adapters/bus/stream-names.ts';
import { createStreamWriter } from '../../../adapters/bus/stream-writer.ts';
import { recordServiceToken } from '../../../adapters/ledger/service-tokens.ts';
import { makeServiceToken } from '../../../adapters/secrets/service-token.ts';
import { aRiskQuestion } from '../../../test/support/api-requests.ts';
import { syntheticStates } from '../../../test/support/market-states.ts';
import { until } from '../../../test/support/until.ts';
import { inRounds, withStops, type Bench, type BenchOptions, type Row } from '../bench.ts';
import { openRig, type Rig } from '../rig.ts';
import { medianRound, msText, timesText } from '../spread.ts';

const MARKET = 'SOL-USDC';
/** What `/risk/validate` and `/ai/analyze` were asked to answer within, at p99 and without a model. */
const RISK_MS = 10;
const ANALYSIS_MS = 100;
const STATES = 2_000;
const STATES_QUICK = 600;
const SETTINGS = { OVERMIND_API_REQUESTS_PER_SECOND_MAX: '100000' };

/** Both answers over one warm connection, beside what Node alone needs to say the same body back. */
export const apiBench: Bench = (options) =>
  withStops(async (onStop) => {
    const rig = await openRig(onStop, { markets: [MARKET], settings: SETTINGS });
    const states = await syntheticStates(options.quick ? STATES_QUICK : STATES);
    const last = states.at(-1);
    if (!last) throw new Error('a feed has states');
    await createStreamWriter(rig.bus).appendAll(
      STREAMS.market,
      states.map((state) => ({ e: JSON.stringify(state) })),
    );
    await rig.start('workers/brain/main.ts');
    await rig.start('workers/api/main.ts');
    const token = await makeToken(rig);
    const echo = await startEcho();
    onStop(() => echo.close());
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onStop(() => agent.destroy());

    const url = `http://127.0.0.1:${rig.apiPort}`;
    const asker = (to: string, body: object): Ask => askWith({ agent, to, token, body });
    const analysis = { market_data: { market: MARKET }, timestamp: last.event.marketTimeMs };
    const asks = {
      risk: asker(`${url}/risk/validate`, aRiskQuestion()),
      analysis: asker(`${url}/ai/analyze`, analysis),
      echo: asker(`http://127.0.0.1:${portOf(echo)}/`, aRiskQuestion()),
    };
    await until('the api knows the market', async () => (await asks.analysis()).status === 200);
    return measure(options, asks);
  });

async function makeToken({ pool }: Rig): Promise<string> {
  const { id, token, hash } = makeServiceToken();
  await recordServiceToken(pool, { id, hash, name: 'bench', scopes: ['risk', 'analyze'] });
  return token;
}

/** What one would write first: a server that reads a body and sends it back. */
async function startEcho(): Promise<Server> {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => response.end(Buffer.concat(chunks)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port; // It listens.

type Asked = { readonly status: number; readonly ms: number };
type Ask = () => Promise<Asked>;

function askWith(options: {
  readonly agent: Agent;
  readonly to: string;
  readonly token: string;
  readonly body: object;
}): Ask {
  const text = JSON.stringify(options.body);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    authorization: `Bearer ${options.token}`,
  };
  return () =>
    new Promise((resolve, reject) => {
      const begunMs = performance.now();
      const asking = request(
        options.to,
        { method: 'POST', agent: options.agent, headers },
        (response) => {
          response.resume();
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, ms: performance.now() - begunMs }),
          );
        },
      );
      asking.on('error', reject);
      asking.end(text);
    });
}

type Asks = Readonly<Record<'risk' | 'analysis' | 'echo', Ask>>;

async function measure(options: BenchOptions, asks: Asks): Promise<readonly Row[]> {
  const turns = options.quick ? 200 : 2_000;
  const times: Record<keyof Asks, number[][]> = { risk: [], analysis: [], echo: [] };
  for (let warm = 0; warm < 100; warm += 1) for (const ask of Object.values(asks)) await ask();
  await inRounds(options, async () => {
    for (const list of Object.values(times)) list.push([]);
    for (let turn = 0; turn < turns; turn += 1) {
      for (const name of ['risk', 'echo', 'analysis'] as const) {
        const { status, ms } = await asks[name]();
        if (status !== 200) throw new Error(`${name} was answered with ${status}`);
        times[name].at(-1)?.push(ms);
      }
    }
  });
  const echo = medianRound(times.echo);
  const row = (what: string, name: 'risk' | 'analysis', limitMs: number): Row => {
    const ours = medianRound(times[name]);
    return {
      what,
      goal: `p99 < ${limitMs} ms`,
      measured: `${msText(ours)} of ${ours.count}`,
      baseline: `${msText(echo)}: node:http says the body back`,
      ratio: timesText(ours, echo),
      met: ours.p99 < limitMs,
      gate: { asked: `asked p99 < ${limitMs} ms`, passed: ours.p99 < limitMs },
    };
  };
  return [
    row('`POST /risk/validate`, token and schema included', 'risk', RISK_MS),
    row('`POST /ai/analyze` without a model, brain and memory included', 'analysis', ANALYSIS_MS),
  ];
}
