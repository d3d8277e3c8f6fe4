import { createPermitPublisher } from '../../../adapters/bus/permit-publisher.ts';
import { createPermitMac } from '../../../adapters/secrets/permit-mac.ts';
import { encodePermit } from '../../../domain/risk/permit-codec.ts';
import { aPermit } from '../../../test/support/executor.ts';
import type { Rig } from '../rig.ts';

export type Load = {
  readonly published: () => number;
  stop(): Promise<void>;
};

/** Permits of this executor's epochs, evenly paced, as an approver publishes them. */
export function startLoad(
  { bus, secrets, markets }: Rig,
  options: {
    readonly perSecond: number;
    readonly epochs: { readonly executorEpoch: number; readonly haltEpoch: number };
    /** Rises over the lives of a bench: a permit that comes again is only acknowledged. */
    readonly nextSequence: () => number;
  },
): Load {
  const { perSecond, epochs, nextSequence } = options;
  const mac = createPermitMac(secrets.permitKey);
  const publisher = createPermitPublisher(bus);
  const { wallet } = secrets;
  const open = new Set<Promise<void>>();
  let published = 0;
  const publishOne = async (): Promise<void> => {
    const sequence = nextSequence();
    const market = markets[sequence % markets.length]?.id ?? '';
    const p = encodePermit(aPermit({ wallet, market, ...epochs }, `load-${sequence}`));
    await publisher.publish({ sequence: String(sequence), p, m: mac.sign(p) }, wallet);
    published += 1;
  };
  const timer = setInterval(() => {
    const publishing = publishOne().finally(() => open.delete(publishing));
    open.add(publishing);
  }, 1_000 / perSecond);
  return {
    published: () => published,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}
