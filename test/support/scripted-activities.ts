import type { TradeActivities } from '../../workflows/trade-activities.ts';

/** Each activity answers its calls in order; one call more than written is a fault of the workflow. */
export type Script = {
  readonly [Name in keyof TradeActivities]?: readonly ((
    ...args: Parameters<TradeActivities[Name]>
  ) => Awaited<ReturnType<TradeActivities[Name]>>)[];
};

const NAMES: readonly (keyof TradeActivities & string)[] = [
  'analyse',
  'decide',
  'beginWaiting',
  'decideAgain',
  'decideExit',
  'approve',
  'settle',
  'learn',
  'readMarketTime',
  'abandon',
];

export type ScriptedActivities = {
  readonly activities: TradeActivities;
  /** Names of the calls so far, in order. */
  readonly calls: readonly string[];
  /** Calls that nothing was written for. */
  readonly unexpected: readonly string[];
};

export function scriptedActivities(script: Script): ScriptedActivities {
  const calls: string[] = [];
  const unexpected: string[] = [];
  const entries = NAMES.map((name) => {
    const answers = [...(script[name] ?? [])] as ((...args: unknown[]) => unknown)[];
    const activity = async (...args: unknown[]): Promise<unknown> => {
      calls.push(name);
      const answer = answers.shift();
      if (answer) return answer(...args);
      unexpected.push(`${name}(${JSON.stringify(args)})`);
      throw new Error(`${name} was not expected`);
    };
    return [name, activity] as const;
  });
  // Built from the list of all names; the compiler cannot follow `fromEntries`.
  const activities = Object.fromEntries(entries) as unknown as TradeActivities;
  return { activities, calls, unexpected };
}
