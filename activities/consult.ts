import type { Consultation, Overlay } from '../domain/analysis/consultation.ts';
import type { Opinion } from '../domain/analysis/opinion.ts';
import type { Candidate } from '../domain/market/candidate.ts';
import type { MarketId } from '../domain/shared/ids.ts';
import { asActivityFailure } from './activity-failure.ts';

export type ConsultActivities = ReturnType<typeof createConsultActivities>;

export type ConsultDeps = {
  readonly overlay: Overlay;
  /** Mint of a market's base token. Throws `market/unknown`. */
  readonly mintOf: (market: MarketId) => string;
};

export function createConsultActivities({ overlay, mintOf }: ConsultDeps) {
  return {
    /** Bounded by the overlay's own budget. Never repeated: a second answer would come too late. */
    async consult(candidate: Candidate, opinion: Opinion): Promise<Consultation> {
      try {
        return await overlay.consult({ candidate, opinion, mint: mintOf(candidate.market) });
      } catch (error) {
        throw asActivityFailure(error);
      }
    },
  };
}
