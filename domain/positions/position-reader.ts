import type { SignalId } from '../shared/ids.ts';
import type { Position } from './position.ts';

export type PositionReader = {
  /** Undefined where the trade never opened one. */
  readPosition(signalId: SignalId): Promise<Position | undefined>;
};
