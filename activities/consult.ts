import type { Consultation, Overlay } from '../domain/analysis/consultation.ts';
import type { Opinion } from '../domain/analysis/opinion.ts';
import { asideOf, type AsideAdvice } from '../domain/analysis/standing-veto.ts';
import type { Candidate } from '../domain/market/candidate.ts';
import type { MarketId } from '../domain/shared/ids.ts';
import { asActivityFailure } from './activity-failure.ts';

export type ConsultActivities = ReturnType<typeof createConsultActivities>;

export type ConsultDeps = {
  readonly overlay: Overlay;
  /** Mint of a market's base token. Throws `market/unknown`. */
  readonly mintOf: (market: MarketId) => string;
  /** Never rejects: advice that cannot be stored is still advice. */
  readonly recordAside: (advice: AsideAdvice) => Promise<void>;
};

/** Whether the decision waits for the answer, and then keeps it, or goes on beside it. */
export type ConsultManner = 'before' | 'beside';

export function createConsultActivities({ overlay, mintOf, recordAside }: ConsultDeps) {
  return {
    /** Bounded by the overlay's own budget. Never repeated: a second answer would come too late. */
    async consult(
      candidate: Candidate,
      opinion: Opinion,
      manner: ConsultManner = 'before',
    ): Promise<Consultation> {
      try {
        const question = { candidate, opinion, mint: mintOf(candidate.market) };
        const consultation = await overlay.consult(question);
        if (manner === 'beside') await recordAside(asideOf(candidate, opinion, consultation));
        return consultation;
      } catch (error) {
        throw asActivityFailure(error);
      }
    },
  };
}
