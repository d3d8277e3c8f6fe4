/** Market ids are `SOL-USDC`: base, dash, quote. */
export type MarketId = string;
/** `<runId>-<market>-<screen>-<marketTimeMs>`: given to a candidate, inherited by all after it. */
export type SignalId = string;
/** `<signalId>/<leg>/<attempt>`. */
export type PermitId = string;
export type RunId = string;
export type Leg = 'entry' | 'exit';
export type Side = 'buy' | 'sell';

export function signalIdOf(runId: RunId, market: MarketId, screen: string, marketTimeMs: number) {
  return `${runId}-${market}-${screen}-${marketTimeMs}`;
}

/** The market that a signal id names, or undefined if it is none. */
export const marketOfSignal = (signalId: SignalId): MarketId | undefined =>
  /^[^-]+-([A-Z0-9]+-[A-Z0-9]+)-.+-\d+$/.exec(signalId)?.[1];

export function permitIdOf(signalId: SignalId, leg: Leg, attempt: number): PermitId {
  return `${signalId}/${leg}/${attempt}`;
}

/** The parts of a permit id, or undefined if it is not one. */
export function splitPermitId(
  id: PermitId,
): { readonly signalId: SignalId; readonly leg: Leg; readonly attempt: number } | undefined {
  const match = /^(.+)\/(entry|exit)\/([1-9]\d{0,4})$/.exec(id);
  if (!match) return undefined;
  const [, signalId = '', leg, attempt] = match;
  return { signalId, leg: leg as Leg, attempt: Number(attempt) };
}
