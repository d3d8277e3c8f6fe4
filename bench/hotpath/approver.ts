import { connectBlocking, type BusConnection } from '../../adapters/bus/connect.ts';
import { createPermitPublisher } from '../../adapters/bus/permit-publisher.ts';
import { readPermitKeyFile } from '../../adapters/secrets/permit-key-file.ts';
import { createPermitMac } from '../../adapters/secrets/permit-mac.ts';
import { encodePermit } from '../../domain/risk/permit-codec.ts';
import type { PermitFields } from '../../domain/risk/permit.ts';
import { permitIdOf } from '../../domain/shared/ids.ts';
import { tokenUnits } from '../../domain/shared/units.ts';
import { aPermit } from '../../test/support/executor.ts';
import { serveParent, type Question } from '../shared/child.ts';
import { LANES, MARKET, type Side } from './names.ts';

/** Approves for all sides: the same permits, MACed by the product, as plain JSON and unread. */
export type PublishQuestion = Question & {
  readonly do: 'paced' | 'prepare' | 'burst';
  readonly side: Side;
  readonly count: number;
  readonly perSecond: number;
};

/** Longer than any round: nothing may expire because the machine is slow. */
const LIFE_MS = 120_000;
const IN_FLIGHT_MAX = 256;

const env = (name: string): string => process.env[name] ?? '';
const wallet = env('BENCH_WALLET');
const executorEpoch = Number(env('BENCH_EXECUTOR_EPOCH'));
const mac = createPermitMac(readPermitKeyFile(env('BENCH_PERMIT_KEY_FILE')));
let sequence = 0;

/** Made once: looking the market up costs more than all the rest. */
const pattern = aPermit({ wallet, market: MARKET, executorEpoch, route: 'protected' }, 0);

function nextPermit(): PermitFields {
  sequence += 1;
  const now = Date.now();
  return {
    ...pattern,
    id: permitIdOf(`bench-${MARKET}-breakout-${sequence}`, 'entry', 1),
    // Of every size: equal permits would sign equal bytes.
    amountIn: tokenUnits(10_000_000n + BigInt(sequence % 1_000_000)),
    issuedAtMs: now,
    validUntilMs: now + LIFE_MS,
  };
}

type Publish = () => Promise<unknown>;

/** Everything but the XADD is done before: the clock starts with the call. */
function prepare(bus: BusConnection, side: Side): Publish {
  const fields = nextPermit();
  if (side === 'fast') {
    const p = encodePermit(fields);
    const stored = { sequence: String(sequence), p, m: mac.sign(p) };
    const publisher = createPermitPublisher(bus);
    return () => publisher.publish(stored, wallet);
  }
  if (side === 'floor') {
    const p = encodePermit(fields);
    return () => {
      const t = String(process.hrtime.bigint());
      return bus.xadd(LANES.floor.permits, 'MAXLEN', '~', 10_000, '*', 'p', p, 't', t);
    };
  }
  const permit = {
    ...fields,
    amountIn: String(fields.amountIn),
    minAmountOut: String(fields.minAmountOut),
    feeMax: String(fields.feeMax),
    tipMax: String(fields.tipMax),
  };
  return () => {
    const text = JSON.stringify({ ...permit, publishedNs: String(process.hrtime.bigint()) });
    return bus.xadd(LANES.baseline.permits, 'MAXLEN', '~', 10_000, '*', 'permit', text);
  };
}

async function paced(bus: BusConnection, { side, count, perSecond }: PublishQuestion) {
  const begunMs = performance.now();
  const sent: Promise<unknown>[] = [];
  while (sent.length < count) {
    const publish = prepare(bus, side);
    const dueMs = begunMs + (sent.length / perSecond) * 1_000;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    sent.push(publish());
  }
  await Promise.all(sent);
}

let prepared: Publish[] = [];

async function burst() {
  const whole = prepared.splice(0);
  for (let from = 0; from < whole.length; from += IN_FLIGHT_MAX) {
    await Promise.all(whole.slice(from, from + IN_FLIGHT_MAX).map((publish) => publish()));
  }
}

// Without a time limit of its own: a loaded machine is slow, and a permit that is late is a result.
const bus = await connectBlocking(env('BENCH_BUS_URL'), { name: 'bench-approver' });
serveParent((question) => {
  const asked = question as PublishQuestion; // Asked by `main.ts` alone.
  if (asked.do === 'paced') return paced(bus, asked);
  if (asked.do === 'burst') return burst();
  prepared = Array.from({ length: asked.count }, () => prepare(bus, asked.side));
  return undefined;
});
