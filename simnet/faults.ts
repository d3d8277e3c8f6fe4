import { createAnswerFaults, type AnswerFaults } from './answer-faults.ts';
import { invalidParams } from './rpc-fault.ts';
import { positiveFrom } from './rpc/params.ts';

const KINDS = ['drop', 'delay', 'expire', 'fail', 'fork', 'invalid-bundle', 'limit'] as const;
export type FaultKind = (typeof KINDS)[number];

type Fault = {
  readonly kind: FaultKind;
  readonly port: number | undefined;
  readonly slots: number | undefined;
  remaining: number;
  /** Every copy of a transaction meets the fault its first copy met. */
  readonly signatures: Set<string>;
};

export type MetFault = {
  readonly kind: FaultKind;
  readonly slots: number | undefined;
  readonly firstCopy: boolean;
};

const COUNT_MAX = 10_000;
const FAULTS_MAX = 100;
const DELAY_SLOTS = 10;
const PORT_MAX = 65_535;

export type Faults = {
  readonly add: (params: unknown) => void;
  readonly clear: () => void;
  readonly list: () => readonly object[];
  /** The fault this copy meets, if any; the first that was asked for wins. */
  readonly meet: (signature: string, port: number, isBundle?: boolean) => MetFault | undefined;
  /** Lies and refusals that meet requests, not transactions. */
  readonly answers: AnswerFaults;
};

/**
 * Faults on request, each for the next `count` transactions, on one port or on both. `drop`: never
 * seen again. `expire`: held until its blockhash is dead. `delay`: runs some slots later. `fail`:
 * lands, fails and pays. `fork`: lands, and its slot is orphaned before it is confirmed; it lands
 * again `slots` later, or never. `invalid-bundle`: lands, and is reported as unknown. `limit`: the
 * request is answered as too many. They end with the process; what they did does not.
 */
export function createFaults(slot: () => number): Faults {
  let faults: Fault[] = [];
  const answers = createAnswerFaults(slot);

  return {
    answers,
    add(params) {
      const request = (params ?? {}) as Record<string, unknown>; // Each field is checked.
      const { kind, count, port, slots } = request;
      if (answers.add(request)) return;
      const known = KINDS.find((one) => one === kind);
      if (!known) {
        const kinds = [...KINDS, 'null-status', 'stale-height'].join(', ');
        throw invalidParams(`kind must be one of ${kinds}`);
      }
      faults.push({
        kind: known,
        port: port === undefined ? undefined : positiveFrom(port, 'port', PORT_MAX),
        slots: slots === undefined ? defaultSlots(known) : positiveFrom(slots, 'slots', COUNT_MAX),
        remaining: positiveFrom(count, 'count', COUNT_MAX),
        signatures: new Set(),
      });
      faults = faults.slice(-FAULTS_MAX);
    },
    clear() {
      faults = [];
      answers.clear();
    },
    meet(signature, port, isBundle = false) {
      for (const fault of faults) {
        if (fault.kind === 'invalid-bundle' && !isBundle) continue;
        const here = fault.port === undefined || fault.port === port;
        const seen = fault.signatures.has(signature);
        // Expiry and a fork are the transaction's, not one road's.
        if (!here && fault.kind !== 'expire' && !(fault.kind === 'fork' && seen)) continue;
        if (!seen) {
          if (fault.remaining === 0) continue;
          fault.remaining -= 1;
          fault.signatures.add(signature);
          // A refused request is not a refused transaction: sent again, it is counted again.
          if (fault.kind === 'limit') fault.signatures.clear();
        }
        return { kind: fault.kind, slots: fault.slots, firstCopy: !seen };
      }
      return undefined;
    },
    list: () => [
      ...faults.map(({ kind, port, remaining }) => ({ kind, port, remaining })),
      ...answers.list(),
    ],
  };
}

const defaultSlots = (kind: FaultKind): number | undefined =>
  kind === 'delay' ? DELAY_SLOTS : undefined;
