import { settlementToWire, type Settlement } from '../domain/settlement/settlement.ts';
import type { PermitId } from '../domain/shared/ids.ts';
import type { Wire } from '../domain/shared/wire.ts';
import { asActivityFailure } from './activity-failure.ts';
import type { SettlePermits } from './settle-permits.ts';

export type SettlementActivities = ReturnType<typeof createSettlementActivities>;

/** The workflow's own look, should the watch's word be lost. Both may look at once. */
export function createSettlementActivities(deps: { readonly settlePermits: SettlePermits }) {
  return {
    /** Undefined while nothing is proven. Safe to repeat: what is recorded is answered again. */
    async settle(permitId: PermitId): Promise<Wire<Settlement> | undefined> {
      try {
        const [settlement] = await deps.settlePermits([permitId]);
        return settlement && settlementToWire(settlement);
      } catch (error) {
        throw asActivityFailure(error);
      }
    },
  };
}
