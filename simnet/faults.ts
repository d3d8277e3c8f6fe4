import { invalidParams } from './rpc-fault.ts';

export type FaultKind = 'drop' | 'delay' | 'expire' | 'fail' | 'limit';

type Fault = {
  readonly kind: FaultKind;
  readonly port: number | undefined;
  readonly slots: number;
  remaining: number;
  /** Every copy of a transaction meets the fault its first copy met. */
  readonly signatures: Set<string>;
};

const KINDS: readonly string[] = ['drop', 'delay', 'expire', 'fail', 'limit'];
const COUNT_MAX = 10_000;
const FAULTS_MAX = 100;
const DELAY_SLOTS = 10;

export type Faults = ReturnType<typeof createFaults>;

/**
 * Faults on request, each for the next `count` transactions, on one port or on both. `drop`: never
 * seen again. `expire`: held until its blockhash is dead. `delay`: runs some slots later. `fail`:
 * lands, fails and pays. `limit`: the request is answered as too many.
 */
export function createFaults() {
  let faults: Fault[] = [];

  return {
    add(params: unknown): void {
      const { kind, count, port, slots } = (params ?? {}) as Record<string, unknown>; // Checked below.
      if (typeof kind !== 'string' || !KINDS.includes(kind)) {
        throw invalidParams(`kind must be one of ${KINDS.join(', ')}`);
      }
      faults.push({
        kind: kind as FaultKind, // In KINDS.
        port: port === undefined ? undefined : wholeNumber('port', port, 65_535),
        slots: slots === undefined ? DELAY_SLOTS : wholeNumber('slots', slots, 10_000),
        remaining: wholeNumber('count', count, COUNT_MAX),
        signatures: new Set(),
      });
      faults = faults.slice(-FAULTS_MAX);
    },
    clear(): void {
      faults = [];
    },
    /** The fault this copy meets, if any; the first that was asked for wins. */
    meet(signature: string, port: number): { kind: FaultKind; slots: number } | undefined {
      for (const fault of faults) {
        // Expiry is the transaction's, not one road's.
        const everywhere = fault.port === undefined || fault.kind === 'expire';
        if (!everywhere && fault.port !== port) continue;
        if (!fault.signatures.has(signature)) {
          if (fault.remaining === 0) continue;
          fault.remaining -= 1;
          fault.signatures.add(signature);
          // A refused request is not a refused transaction: sent again, it is counted again.
          if (fault.kind === 'limit') fault.signatures.clear();
        }
        return { kind: fault.kind, slots: fault.slots };
      }
      return undefined;
    },
    list: () => faults.map(({ kind, port, remaining }) => ({ kind, port, remaining })),
  };
}

function wholeNumber(field: string, value: unknown, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max) {
    throw invalidParams(`${field} must be a whole number from 1 to ${max}`);
  }
  return value;
}
