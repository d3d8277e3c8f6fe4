import type { Permit } from '../../../domain/risk/permit.ts';
import type { ChainView } from '../../../hotpath/chain-view.ts';
import type { Control } from '../../../hotpath/control.ts';
import type { Journal } from '../../../hotpath/journal.ts';
import type { PermitEntry } from '../../../hotpath/read-permit.ts';
import type { Site } from './executor.ts';
import type { Owner } from './sim.ts';

const BLOCK_MS = 500;

/** Tries again for as long as the process lives, as a start of the executor does. */
export async function untilAnswered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** `XREADGROUP … BLOCK`: answers with what is there, with the next entry, or after a while with nothing. */
export function readBlocking(
  { sim, bus, busFate }: Site,
  owner: Owner,
): Promise<readonly PermitEntry[]> {
  const read = (): Promise<readonly PermitEntry[]> =>
    sim.remote(owner, () => bus.readNew(), busFate());
  return new Promise((resolve, reject) => {
    read().then((entries) => {
      if (entries.length > 0) return resolve(entries);
      let done = false;
      const again = (): void => {
        if (done) return;
        done = true;
        read().then(resolve, reject);
      };
      setTimeout(() => {
        if (done) return;
        done = true;
        resolve([]);
      }, BLOCK_MS);
      bus.onEntry(() => sim.post(owner, again));
    }, reject);
  });
}

/** The wires to the endpoints; each send is held against the invariants. */
export function openSocket(site: Site, owner: Owner, acknowledged: () => number | undefined) {
  const { sim, chain, truth } = site;
  let stuck: { readonly bytes: Buffer; readonly permit: Permit }[] = [];
  return {
    send(
      permit: Permit | undefined,
      wire: Buffer,
      { control, journal, chain: view }: Sending,
    ): number {
      if (!permit) throw new Error('bytes are sent without a permit');
      const sent = chain.decode(wire);
      const known = journal.index.find(permit.id);
      truth.onSend({
        executor: owner.name,
        permit,
        sent,
        executorEpoch: control.executorEpoch,
        wallMs: sim.wallOf(owner),
        trueMs: sim.nowMs,
        chainHeight: view.height,
        isInJournal: known?.signature === sent.signature,
        acknowledgedHalt: acknowledged(),
      });
      let taken = 0;
      for (let endpoint = 0; endpoint < 2; endpoint++) {
        const bytes = Buffer.from(wire);
        const fate = site.fateOfBytes();
        taken += 1;
        if (fate === 'arrives') chain.receive(bytes);
        else if (fate === 'stuck') stuck.push({ bytes, permit });
      }
      return taken;
    },
    drop(): void {
      stuck = [];
    },
    flush(): void {
      if (!owner.alive || owner.paused) return;
      for (const { bytes, permit } of stuck) {
        truth.onLateWrite(acknowledged(), permit);
        chain.receive(bytes);
      }
      stuck = [];
    },
  };
}

/** What an executor is at the moment of a send. */
export type Sending = {
  readonly control: Control;
  readonly journal: Journal;
  readonly chain: ChainView;
};
