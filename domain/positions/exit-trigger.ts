import type { MarketId, SignalId } from '../shared/ids.ts';
import type { ExitReason } from './position.ts';

/** PositionWatch asks the trade to close. Sent until the position's status changes. */
export type ExitTrigger = {
  readonly signalId: SignalId;
  readonly market: MarketId;
  readonly reason: ExitReason;
  readonly marketTimeMs: number;
  /** Feed price that triggered it, decimal string. */
  readonly price: string;
  readonly solPrice: string;
  readonly poolSlot: number;
  readonly receivedNs: string;
};
