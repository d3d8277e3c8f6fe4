import { queryRows, type Queryable } from '../../adapters/ledger/connect.ts';
import type { RunId } from '../../domain/shared/ids.ts';

/** Microseconds; absent where nothing was measured. */
export type Percentiles = { readonly p50?: number; readonly p99?: number };

export type Latencies = {
  /** Permit read by the executor → last write returned. */
  readonly permitToWire: Percentiles;
  /** The approver's append → last write returned. */
  readonly approvedToWire: Percentiles;
  /** Market event due → last write returned: analysis, decision and approval in between. */
  readonly tickToWire: Percentiles;
};

const SPANS = {
  permitToWire: 'read_ns',
  approvedToWire: 'published_ns',
  tickToWire: 'received_ns',
} as const;

/** Of every permit of the run that was sent, both legs. */
export async function readLatencies(on: Queryable, runId: RunId): Promise<Latencies> {
  const columns = Object.entries(SPANS).flatMap(([name, from]) =>
    [50, 99].map(
      (percent) =>
        `percentile_disc(${percent / 100}) within group (order by wire_ns - ${from})
          filter (where ${from} is not null) as "${name}.p${percent}"`,
    ),
  );
  const [row = {}] = await queryRows<Readonly<Record<string, string | null>>>(
    on,
    'read latencies',
    {
      text: `select ${columns.join(', ')} from permits where run_id = $1 and wire_ns is not null`,
      values: [runId],
    },
  );
  const of = (name: keyof typeof SPANS): Percentiles => ({
    ...micros('p50', row[`${name}.p50`]),
    ...micros('p99', row[`${name}.p99`]),
  });
  return {
    permitToWire: of('permitToWire'),
    approvedToWire: of('approvedToWire'),
    tickToWire: of('tickToWire'),
  };
}

function micros(name: string, ns: string | null | undefined): Percentiles {
  return ns === null || ns === undefined ? {} : { [name]: Math.round(Number(ns) / 1_000) };
}
