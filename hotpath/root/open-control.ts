import { followStops } from '../../adapters/bus/stop-orders.ts';
import { recordResume } from '../../adapters/ledger/record-resume.ts';
import { readOperators, verifyOperator } from '../../adapters/secrets/operator-files.ts';
import { serveSocket } from '../../adapters/socket-rpc/server.ts';
import { configHashOf, operatorsFolder } from '../../config/operators.ts';
import type { Fenced, Halt } from '../control.ts';
import { controlMethods } from '../control-socket.ts';
import { keepLease } from '../keep-lease.ts';
import { createResume } from '../resume.ts';
import { persist } from '../../workers/persist.ts';
import { superseded } from '../take-over.ts';
import { takeStop, type TakeStopDeps } from '../take-stop.ts';
import { clock, type Parts } from './open-parts.ts';

/** A stop that was ordered over the bus alone, while no executor lived, counts for this long. */
const STOPS_HEARD_FOR_MS = 3_600_000;

/** The first thing that works and the last that ends: a stop is heard whatever else is away. */
export async function serveControl(parts: Parts): Promise<void> {
  const { context, wallet, control, journal, markets } = parts;
  const { config } = context;
  const configHash = configHashOf(config);
  const methods = controlMethods({
    ...parts,
    configHash,
    index: journal.index,
    markets: markets.map(({ id }) => id),
    monotonicMs: () => performance.now(),
    takeStop: (order) => takeStopHere(parts, order),
    resume: createResume({
      wallet,
      configHash,
      control,
      readOperators: () => readOperators(operatorsFolder(config)),
      verify: verifyOperator,
      recordResume: (request) => recordResume(parts.pool, withKeys(parts, request)),
    }),
  });
  const server = await serveSocket({ path: config.files.executorSocket }, methods);
  context.onStop('control socket', () => server.close());
}

function takeStopHere({ control, ledger, context: { log } }: Parts, order: Halt): Fenced {
  const recordHalt: TakeStopDeps['recordHalt'] = (halt) => {
    log.warn(halt, 'halted by a stop');
    ledger.recordHalt(halt).catch((error: unknown) => {
      log.error({ err: error }, 'halt is not in Postgres yet');
    });
  };
  return takeStop({ control, recordHalt }, order);
}

type Request = Parameters<Parameters<typeof createResume>[0]['recordResume']>[0];

/** The proof names the keys too: a file that is changed later must not rewrite what was agreed. */
function withKeys({ context }: Parts, request: Request) {
  const operators = readOperators(operatorsFolder(context.config));
  const signatures = request.signatures.map((one) => ({
    ...one,
    publicKey: operators.get(one.operator) ?? '',
  }));
  return { ...request, signatures };
}

/** Stops over the bus, from whenever it is there. */
export function hearBusStops(parts: Parts): void {
  const { context, addresses, control } = parts;
  const { config, log, onStop } = context;
  let ended = false;
  let end: (() => Promise<void>) | undefined;
  onStop('bus stops', async () => {
    ended = true;
    await end?.();
  });
  const begun = persist(
    async () => {
      if (ended) return;
      end = await followStops({
        url: addresses.dragonfly,
        password: config.passwords.dragonfly,
        sinceMs: Date.now() - STOPS_HEARD_FOR_MS,
        onFault: (error) => log.warn({ err: error }, 'stops over the bus: connection fault'),
        onStop(order) {
          log.info(order, 'stop heard over the bus');
          return { ...takeStopHere(parts, order), executorEpoch: control.executorEpoch };
        },
      });
    },
    { onFault: () => undefined }, // Said by whoever opens the permit stream.
  );
  begun.catch(parts.fail);
}

/** Renews the lease and follows the latch in Postgres. */
export function keepControl(parts: Parts): void {
  const { context, ledger, wallet, control, fail } = parts;
  const { log } = context;
  const keeper = keepLease({
    wallet,
    ledger,
    control,
    clock,
    superseded: () => fail(superseded('renew lease')),
    onHalt: (why) => log.warn(why, 'halted from Postgres'),
    onFault: (error) => log.warn({ err: error }, 'lease or halt look failed'),
  });
  const stopListening = keepListening(parts, keeper.lookAgain);
  context.onStop('lease', async () => {
    keeper.stop();
    stopListening();
    await ledger.releaseLease(wallet, control.executorEpoch);
  });
}

/** Each lost connection is made again; meanwhile the keeper's own looks go on. */
function keepListening({ context, ledger, fail }: Parts, onChange: () => void): () => void {
  let ended = false;
  let stop = (): void => undefined;
  const begin = async (): Promise<void> => {
    const onLost = (error: Error): void => {
      context.log.warn({ err: error }, 'control notifications lost, polling goes on');
      stop();
      if (!ended) begin().catch(fail);
    };
    const stopThis = await persist(
      () => ledger.listen(onChange, onLost),
      { onFault: () => undefined }, // The keeper's looks say it.
    );
    stop = once(stopThis);
    if (ended) stop();
  };
  begin().catch(fail);
  return () => {
    ended = true;
    stop();
  };
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
