import { connectBlocking } from '../../adapters/bus/connect.ts';
import { decodeBase58 } from '../../domain/shared/base58.ts';
import { createTimes, recordNs, type Times } from '../shared/figures.ts';
import { SIDES, type Side } from './names.ts';
import type { Bench } from './open-bench.ts';

export type Round = {
  /** Permit read → last write returned. */
  readonly readToWire: Times;
  /** XADD by the approver → bytes at the engine. */
  readonly publishToEngine: Times;
  /** Signature at the engine's door → report in the hands of a reader of the stream. */
  readonly wireToReport: Times;
  /** By reason. A refusal is fast: among the times it would flatter them. */
  readonly refused: Map<string, number>;
};

export const createRound = (): Round => ({
  readToWire: createTimes(),
  publishToEngine: createTimes(),
  wireToReport: createTimes(),
  refused: new Map(),
});

type Report = {
  readonly kind: string;
  readonly reason?: string;
  readonly signature?: string;
  readonly publishedNs?: string;
  readonly readNs?: string;
  readonly wireNs?: string;
};
type Arrived = { readonly report: Report; readonly ns: bigint };
type RawReply =
  readonly (readonly [string, readonly (readonly [string, readonly string[]])[]])[] | null;

export type Collector = {
  /** Waits for so many reports of a side and puts their times into `round`. */
  take(side: Side, count: number, round: Round): Promise<void>;
  stop(): void;
};

/** A round is given up when nothing more arrives for so long. */
const SILENCE_MS = 20_000;

/** Reads both report streams as the trading worker would, and joins them with the engine's marks. */
export async function startCollector(bench: Bench): Promise<Collector> {
  const connection = await connectBlocking(bench.busUrl, { name: 'bench-collector' });
  const arrived: Record<Side, Arrived[]> = { fast: [], baseline: [], floor: [] };
  const sideOf = new Map(SIDES.map((side) => [bench.lanes[side].reports, side]));
  const lastIds = new Map([...sideOf.keys()].map((key) => [key, '0-0']));
  let stopping = false;

  const read = async (): Promise<void> => {
    const keys = [...lastIds.keys()];
    const from = [...keys, ...lastIds.values()];
    const args = ['COUNT', 1_000, 'BLOCK', 500, 'STREAMS', ...from] as const;
    const reply = (await connection.xread(...args)) as RawReply; // RESP2.
    const ns = process.hrtime.bigint();
    for (const [key, entries] of reply ?? []) {
      const side = sideOf.get(key);
      for (const [id, [, json = '']] of entries) {
        lastIds.set(key, id);
        if (side) arrived[side].push({ report: JSON.parse(json) as Report, ns });
      }
    }
  };
  void (async () => {
    while (!stopping) await read().catch(() => undefined); // Said by `take`, which misses reports.
  })();

  return {
    async take(side, count, round) {
      await untilThere(() => arrived[side].length, count, side);
      const reports = arrived[side].splice(0);
      const marks = await bench.engine.ask<[string, string][]>({ do: 'collect' });
      const engineNs = new Map(marks.map(([signature, ns]) => [signature, BigInt(ns)]));
      for (const one of reports) recordTimes(one, engineNs, round);
    },
    stop() {
      stopping = true;
      connection.disconnect();
    },
  };
}

async function untilThere(arrived: () => number, count: number, side: Side): Promise<void> {
  let last = arrived();
  let sinceMs = performance.now();
  while (arrived() < count) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (arrived() > last) {
      last = arrived();
      sinceMs = performance.now();
    } else if (performance.now() - sinceMs > SILENCE_MS) {
      throw new Error(`${side}: ${last} of ${count} reports, then nothing for ${SILENCE_MS} ms`);
    }
  }
}

function recordTimes({ report, ns }: Arrived, engineNs: Map<string, bigint>, round: Round): void {
  const { kind, reason, signature = '', publishedNs, readNs, wireNs } = report;
  const atEngine = engineNs.get(signature.length === 128 ? signature : hexOf(signature));
  if (kind !== 'submitted') {
    const why = `${kind} ${reason ?? ''}`.trim();
    round.refused.set(why, (round.refused.get(why) ?? 0) + 1);
    return;
  }
  if (!publishedNs || !readNs || !wireNs || atEngine === undefined) {
    throw new Error('a permit was reported as submitted, but never reached the engine');
  }
  recordNs(round.readToWire, BigInt(wireNs) - BigInt(readNs));
  recordNs(round.publishToEngine, atEngine - BigInt(publishedNs));
  recordNs(round.wireToReport, ns - BigInt(wireNs));
}

function hexOf(base58: string): string {
  return Buffer.from(decodeBase58(base58, 64) ?? []).toString('hex');
}
