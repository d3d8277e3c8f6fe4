import type { MarketId, PermitId } from '../domain/shared/ids.ts';
import { OvermindError } from '../domain/shared/errors.ts';
import type { ChainView } from './chain-view.ts';
import type { Control, Fenced } from './control.ts';
import type { JournalIndex } from './journal-index.ts';
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
  /** Tells Postgres, after the answer. */
  readonly recordHalt: (halt: Fenced & { readonly reason: string }) => void;
};

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
      const stopId = textOf(params, 'stopId');
      const reason = textOf(params, 'reason');
      const fenced = control.halt({ stopId, reason });
      deps.recordHalt({ ...fenced, reason });
      return fenced;
    },

    status() {
      const now = deps.monotonicMs();
      return {
        wallet: deps.wallet,
        executorEpoch: control.executorEpoch,
        haltEpoch: control.haltEpoch,
        halted: control.halted,
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
