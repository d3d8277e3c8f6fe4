import type { LivePermit, OpenPosition } from '../domain/control/halt-view.ts';

/** What a stop may be started with; nothing of it is needed. A bare text is the reason. */
export type EmergencyStopInput =
  | string
  | {
      readonly stopId?: string;
      readonly reason?: string;
      /** Close every position too. */
      readonly flatten?: boolean;
    };

export type HaltStage =
  | 'stopping'
  | 'fenced'
  | 'quiesced'
  | 'flattening'
  | 'flat'
  /** Ends: lifted by operators, or another stop took over. */
  | 'resumed'
  | 'superseded';

/** What each way of stopping said last. */
export type HaltRoads = {
  readonly executor: string;
  readonly postgres: string;
  readonly bus: string;
};

/** All that is known of a halt: what is shown, and what a continuation goes on with. */
export type HaltFacts = {
  readonly stopId: string;
  readonly reason: string;
  readonly stage: HaltStage;
  readonly startedAtMs: number;
  readonly haltEpoch?: number;
  readonly roads?: HaltRoads;
  readonly fencedAtMs?: number;
  readonly quiescedAtMs?: number;
  readonly flatAtMs?: number;
  /** What was signed and could still have landed when it was FENCED. */
  readonly landable?: readonly LivePermit[];
  /** As of the last look. */
  readonly live: readonly LivePermit[];
  readonly open: readonly OpenPosition[];
  readonly tradesTold: number;
  readonly flatten: boolean;
  /** Why it is not FLAT yet. */
  readonly notFlat: readonly string[];
};

/** What a trade is told of a halt. */
export type HaltNotice = {
  readonly haltEpoch: number;
  readonly halted: boolean;
  readonly reason: string;
  /** The position, if there is one, is to be closed under this halt. */
  readonly flatten: boolean;
};

export type HaltResult = {
  readonly end: 'resumed' | 'superseded';
  readonly haltEpoch: number;
  readonly reason: string;
  readonly fencedAfterMs: number;
  readonly quiescedAfterMs?: number;
  readonly flatAfterMs?: number;
  readonly landable: readonly string[];
};

export function newHalt(
  halt: Pick<HaltFacts, 'stopId' | 'reason' | 'startedAtMs' | 'flatten'>,
): HaltFacts {
  return { ...halt, stage: 'stopping', live: [], open: [], tradesTold: 0, notFlat: [] };
}

/** The part that its own words give; the rest comes from whoever starts it. */
export function readStopInput(input: EmergencyStopInput | undefined): {
  readonly stopId?: string;
  readonly reason?: string;
  readonly flatten: boolean;
} {
  // Typed by a person into the Web UI: every field is looked at.
  if (typeof input === 'string') return { ...textOf('reason', input), flatten: false };
  const { stopId, reason, flatten } = Object(input) as Record<string, unknown>;
  return { ...textOf('stopId', stopId), ...textOf('reason', reason), flatten: flatten === true };
}

function textOf<Key extends string>(key: Key, value: unknown): { readonly [K in Key]?: string } {
  if (typeof value !== 'string' || value.trim() === '') return {};
  return { [key]: value.trim().slice(0, 1_000) } as { readonly [K in Key]?: string }; // Computed key.
}
