import type { MarketId, PermitId } from '../domain/shared/ids.ts';
import { OvermindError } from '../domain/shared/errors.ts';
import type { ChainView } from './chain-view.ts';
import type { Control, Fenced, Halt } from './control.ts';
import type { JournalIndex, SignedPermit } from './journal-index.ts';
import type { Resumed } from './resume.ts';
import type { Becoming, Seen } from './seen.ts';
import type { Stages } from './stages.ts';

export type ControlSocketDeps = {
  readonly wallet: string;
  readonly control: Control;
  readonly chain: ChainView;
  readonly seen: Seen;
  readonly index: JournalIndex;
  readonly stages: Stages;
  readonly markets: readonly MarketId[];
  readonly monotonicMs: () => number;
  readonly takeStop: (order: Halt) => Fenced;
  readonly configHash: string;
  readonly resume: (params: unknown) => Promise<Resumed>;
};

/** What is signed and may still land, as far as this executor's journal goes. */
export type Landable = {
  readonly height: number;
  readonly executorEpoch: number;
  readonly permits: readonly Pick<SignedPermit, 'id' | 'signature' | 'lastValidHeight'>[];
};

/** Blocks from processed to finalized, and some to spare: a height may be reorganised away. */
const FINALITY_BLOCKS = 64;

export type WhatBecame =
  | { readonly known: false }
  | ({ readonly known: true } & Omit<Becoming, 'kind'> & {
        readonly kind: 'submitted' | 'refused' | 'uncertain';
      });

/** Served on the hot thread: `stop` answers in the turn it arrives, after the halt is on the disk. */
export function controlMethods(deps: ControlSocketDeps) {
  const { control, chain, stages, index, seen } = deps;
  return {
    stop(params: unknown): Fenced {
      return deps.takeStop({
        stopId: textOf(params, 'stopId'),
        reason: textOf(params, 'reason'),
      });
    },

    status() {
      const now = deps.monotonicMs();
      return {
        wallet: deps.wallet,
        executorEpoch: control.executorEpoch,
        haltEpoch: control.haltEpoch,
        halted: control.halted,
        haltReason: control.halted ? (index.lastHalt?.reason ?? null) : null,
        configHash: deps.configHash,
        leaseEndsInMs: Math.round(control.leaseEndsInMs),
        headSlot: chain.headSlot,
        height: chain.height,
        markets: Object.fromEntries(
          deps.markets.map((id) => [
            id,
            { fresh: chain.isFresh(id, now), slot: chain.poolOf(id)?.slot ?? 0 },
          ]),
        ),
        counters: stages.read().counters,
      };
    },

    whatBecameOf(params: unknown): WhatBecame {
      const id: PermitId = textOf(params, 'permitId');
      const what = seen.whatBecameOf(id);
      if (what && what.kind !== 'reading') return { known: true, ...what, kind: what.kind };
      const signed = index.find(id);
      if (!signed) return { known: false };
      const { signature, lastValidHeight, executorEpoch } = signed;
      // What another life signed may never have left it.
      const kind = executorEpoch === control.executorEpoch ? 'submitted' : 'uncertain';
      return { known: true, kind, signature, lastValidHeight };
    },

    /** Asked after a stop: everything signed is in the journal, so nothing else can land. */
    landable(): Landable {
      const { height } = chain;
      const permits = index.landableFrom(height - FINALITY_BLOCKS);
      return { height, executorEpoch: control.executorEpoch, permits };
    },

    resume: deps.resume,

    metrics: () => stages.read(),
  };
}

function textOf(params: unknown, field: string): string {
  const value =
    typeof params === 'object' && params !== null
      ? (params as Record<string, unknown>)[field] // Looked at as unknown, one line below.
      : undefined;
  if (typeof value !== 'string' || value === '') {
    throw new OvermindError('input/invalid', { field, got: String(value), expected: 'text' });
  }
  return value;
}
