import type { ExecutionReport } from '../execution/execution-report.ts';
import type { PermitFields } from '../risk/permit.ts';

/** What the executor still knows of a permit whose report did not come. */
export type ExecutorMemory = {
  /** Undefined where it knows nothing, is away or is late: none of these proves anything. */
  whatBecameOf(permit: PermitFields): Promise<ExecutionReport | undefined>;
};
