import { readRunFile } from '../../workers/dev/run-file.ts';
import { pause } from '../../workers/dev/servers/running-server.ts';
import { isAlive } from '../e2e/running-system.ts';
import { VICTIMS } from './kill-plan.ts';
import { readComplaints } from './ready-page.ts';

export type Availability = {
  readonly watchedMs: number;
  /** Every process does its job and `/ready` says so. */
  readonly allMs: number;
  /** The same without what no trade needs on its way: api, memory index and supervisor. */
  readonly tradingMs: number;
  /** How long each part did not, whoever else did not either. */
  readonly missing: ReadonlyMap<string, number>;
};

export type AvailabilityWatch = { stop(): Promise<Availability> };

/** Trades go on without them: the API only shows, the index is rebuilt, the supervisor only starts. */
const NOT_IN_THE_WAY: ReadonlySet<string> = new Set(['api', 'chroma', 'supervisor']);
const EVERY_MS = 100;

type Sums = Omit<Availability, 'missing'> & { readonly missing: Map<string, number> };

/**
 * Looks again and again at what is up. The time until the next look counts as what the look before
 * it saw or as what the next one sees, whichever is worse. It ends where everything was last up:
 * what is away after that is the system's own end.
 */
export function watchAvailability(home: string): AvailabilityWatch {
  let stopped = false;
  let sums: Sums = { watchedMs: 0, allMs: 0, tradingMs: 0, missing: new Map() };
  let counted = sums;
  const watching = (async () => {
    let lastMs = performance.now();
    let before = await missingParts(home);
    while (!stopped) {
      await pause(EVERY_MS);
      const now = await missingParts(home);
      const nowMs = performance.now();
      sums = added(sums, new Set([...before, ...now]), nowMs - lastMs);
      if (now.size === 0) counted = sums;
      [before, lastMs] = [now, nowMs];
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      return counted;
    },
  };
}

function added(sums: Sums, parts: ReadonlySet<string>, forMs: number): Sums {
  const missing = new Map(sums.missing);
  for (const part of parts) missing.set(part, (missing.get(part) ?? 0) + forMs);
  const mayTrade = [...parts].every((part) => NOT_IN_THE_WAY.has(part));
  return {
    watchedMs: sums.watchedMs + forMs,
    allMs: sums.allMs + (parts.size === 0 ? forMs : 0),
    tradingMs: sums.tradingMs + (mayTrade ? forMs : 0),
    missing,
  };
}

async function missingParts(home: string): Promise<ReadonlySet<string>> {
  const file = readRunFile(home);
  const down: string[] = VICTIMS.filter((name) => {
    const one = file?.processes[name];
    return one === undefined || one.ready !== true || !isAlive(one.pid);
  });
  const complaints = await readComplaints(file?.addresses['api']).catch(() => [{ part: 'api' }]);
  return new Set([...down, ...complaints.map(({ part }) => part)]);
}

const GOAL = 0.999;

/** Printed against the goal of 99.9 %, with what the goal would have allowed. */
export function describeAvailability(seen: Availability, deaths: number): string {
  const percent = (ms: number): string => `${((ms / seen.watchedMs) * 100).toFixed(3)} %`;
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  const line = (what: string, ms: number): string => {
    const away = seen.watchedMs - ms;
    const met = ms / seen.watchedMs >= GOAL ? 'met' : 'missed';
    const each = away / Math.max(1, deaths);
    const every = each / (1 - GOAL) / 60_000;
    return `${what}: ${percent(ms)} against 99.9 %, ${met}; away ${seconds(away)} in all, ${seconds(each)} a death. At that, the goal allows one death each ${every.toFixed(0)} minutes.`;
  };
  const parts = [...seen.missing]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, ms]) => `${name} ${seconds(ms)}`)
    .join(', ');
  return [
    `Watched for ${(seen.watchedMs / 60_000).toFixed(0)} minutes, ${deaths} deaths.`,
    '',
    `- ${line('It may trade', seen.tradingMs)}`,
    `- ${line('Everything answers', seen.allMs)}`,
    '',
    `Away, by part: ${parts || 'none'}.`,
  ].join('\n');
}
