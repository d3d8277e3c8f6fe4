import { encodeBase58 } from '../domain/shared/base58.ts';
import { MESSAGE_OFFSET, SIGNATURE_OFFSET } from '../domain/execution/swap-template.ts';
import type { PermitId } from '../domain/shared/ids.ts';
import type { JournalRecord } from './journal-record.ts';

export type SignedPermit = {
  readonly id: PermitId;
  readonly signature: string;
  readonly lastValidHeight: number;
  readonly validUntilMs: number;
  readonly executorEpoch: number;
};

export type HaltRecord = {
  readonly stopId: string;
  readonly haltEpoch: number;
  readonly reason: string;
};

/** What the journal says, looked up by permit. Bounded: the oldest permit goes first. */
export type JournalIndex = {
  add(record: JournalRecord): void;
  find(id: PermitId): SignedPermit | undefined;
  /** Signed and not known to be void, whose end is not further back than `sinceMs`. */
  unexpired(sinceMs: number): readonly SignedPermit[];
  /** Signed, not known to be void, and not dead before this height. */
  landableFrom(height: number): readonly SignedPermit[];
  /** The halt that holds; undefined once it was resumed from. */
  readonly lastHalt: HaltRecord | undefined;
  /** Whether a stop has ever halted here, also one that was resumed from. */
  knowsStop(stopId: string): boolean;
  readonly executorEpoch: number;
  readonly haltEpoch: number;
};

const PERMITS_MAX = 50_000;

type Held = Omit<SignedPermit, 'signature'> & { readonly signatureBytes: Uint8Array };

export function createJournalIndex(): JournalIndex {
  const permits = new Map<PermitId, Held>();
  const stops = new Set<string>();
  let lastHalt: HaltRecord | undefined;
  let executorEpoch = 0;
  let haltEpoch = 0;

  const described = ({ signatureBytes, ...permit }: Held): SignedPermit => ({
    ...permit,
    // Base58 costs 7 µs and is wanted only by those who ask.
    signature: encodeBase58(signatureBytes),
  });

  return {
    add(record) {
      executorEpoch = Math.max(executorEpoch, record.executorEpoch);
      haltEpoch = Math.max(haltEpoch, record.haltEpoch);
      if (record.kind === 'resume') lastHalt = undefined;
      if (record.kind === 'halt') {
        const { id: stopId, bytes } = record;
        lastHalt = { stopId, haltEpoch: record.haltEpoch, reason: textOf(bytes) };
        stops.add(stopId);
      }
      if (record.kind === 'void') permits.delete(record.id);
      if (record.kind !== 'signed') return;
      permits.set(record.id, {
        id: record.id,
        // A copy: `slice` of a Buffer would be a view of the template that the next permit fills.
        signatureBytes: new Uint8Array(record.bytes.subarray(SIGNATURE_OFFSET, MESSAGE_OFFSET)),
        lastValidHeight: record.lastValidHeight,
        validUntilMs: record.validUntilMs,
        executorEpoch: record.executorEpoch,
      });
      if (permits.size > PERMITS_MAX) {
        const [oldest] = permits.keys();
        if (oldest !== undefined) permits.delete(oldest);
      }
    },
    find(id) {
      const held = permits.get(id);
      return held && described(held);
    },
    unexpired: (sinceMs) =>
      [...permits.values()].filter(({ validUntilMs }) => validUntilMs >= sinceMs).map(described),
    landableFrom: (height) =>
      [...permits.values()]
        .filter(({ lastValidHeight }) => lastValidHeight >= height)
        .map(described),
    knowsStop: (stopId) => stops.has(stopId),
    get lastHalt() {
      return lastHalt;
    },
    get executorEpoch() {
      return executorEpoch;
    },
    get haltEpoch() {
      return haltEpoch;
    },
  };
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
