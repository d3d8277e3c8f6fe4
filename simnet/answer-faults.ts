import { invalidParams } from './rpc-fault.ts';
import { positiveFrom, signatureFrom } from './rpc/params.ts';

type AnswerFaultKind = 'null-status' | 'stale-height' | 'limit';

type AnswerFault = {
  readonly kind: AnswerFaultKind;
  readonly port: number | undefined;
  /** Of `limit`: which method is refused; `*` is every one. */
  readonly method: string | undefined;
  /** Of `null-status`: hide this one only. */
  readonly signature: string | undefined;
  /** Of `stale-height`: by how many slots. */
  readonly behind: number;
  /** The last slot in which it lies, where it was asked for in slots and not in answers. */
  readonly untilSlot: number | undefined;
  remaining: number;
};

const COUNT_MAX = 10_000;
const FAULTS_MAX = 100;
const BEHIND = 20;
/** As far back as blocks are kept, less the depth of finality. */
const BEHIND_MAX = 100;
const PORT_MAX = 65_535;

export type AnswerFaults = ReturnType<typeof createAnswerFaults>;

/**
 * Lies on request, for the next `count` answers that they change, or for `slots` slots; on one port
 * or on both. `null-status`: a landed signature is unknown. `stale-height`: heights and slots of
 * some time ago. `limit` with a method: too many requests.
 */
export function createAnswerFaults(slot: () => number) {
  let faults: AnswerFault[] = [];

  const isOver = ({ untilSlot, remaining }: AnswerFault): boolean =>
    untilSlot === undefined ? remaining === 0 : slot() > untilSlot;

  /** The first that applies. */
  const find = (
    kind: AnswerFaultKind,
    port: number,
    fits: (fault: AnswerFault) => boolean,
  ): AnswerFault | undefined =>
    faults.find(
      (fault) =>
        fault.kind === kind &&
        (fault.port === undefined || fault.port === port) &&
        !isOver(fault) &&
        fits(fault),
    );

  return {
    /** False: it is none of these. */
    add(request: Readonly<Record<string, unknown>>): boolean {
      const { kind, count, port, slots, method, signature, behind } = request;
      if (kind !== 'null-status' && kind !== 'stale-height') {
        if (kind !== 'limit' || method === undefined) return false;
      }
      if (method !== undefined && typeof method !== 'string') throw invalidParams('method');
      const lasts = slots === undefined ? undefined : positiveFrom(slots, 'slots', COUNT_MAX);
      faults = faults.filter((fault) => !isOver(fault)).slice(1 - FAULTS_MAX);
      faults.push({
        kind,
        port: port === undefined ? undefined : positiveFrom(port, 'port', PORT_MAX),
        method,
        signature: signature === undefined ? undefined : signatureFrom(signature, 'signature'),
        behind: behind === undefined ? BEHIND : positiveFrom(behind, 'behind', BEHIND_MAX),
        untilSlot: lasts === undefined ? undefined : slot() + lasts,
        remaining: lasts === undefined ? positiveFrom(count, 'count', COUNT_MAX) : 0,
      });
      return true;
    },
    clear(): void {
      faults = [];
    },
    /** Whether this request is one too many. What steers simnet never is: it ends the storm. */
    refuses(method: string, port: number): boolean {
      if (method.startsWith('simnet_')) return false;
      const fault = find('limit', port, (one) => one.method === '*' || one.method === method);
      if (fault) fault.remaining -= 1;
      return fault !== undefined;
    },
    /** How many slots behind the answer has to be. */
    slotsBehind(port: number): number {
      const fault = find('stale-height', port, () => true);
      if (fault) fault.remaining -= 1;
      return fault?.behind ?? 0;
    },
    /** Which of these landed signatures to hide in one answer. */
    hidden(landed: readonly string[], port: number): readonly string[] {
      const hits = ({ signature }: AnswerFault) =>
        landed.filter((one) => signature === undefined || signature === one);
      const fault = find('null-status', port, (one) => hits(one).length > 0);
      if (!fault) return [];
      fault.remaining -= 1;
      return hits(fault);
    },
    list: () =>
      faults
        .filter((fault) => !isOver(fault))
        .map(({ kind, port, remaining, untilSlot, method }) => ({
          kind,
          port,
          method,
          ...(untilSlot === undefined ? { remaining } : { untilSlot }),
        })),
  };
}
