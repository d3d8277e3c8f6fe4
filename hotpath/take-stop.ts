import type { Control, Fenced, Halt } from './control.ts';

export type TakeStopDeps = {
  readonly control: Pick<Control, 'halt' | 'isHaltedBy'>;
  /** Tells Postgres, after the answer. */
  readonly recordHalt: (halt: Fenced & { readonly reason: string }) => void;
};

/** A stop that was ordered here, over the socket or the bus: halts, and tells the other store. */
export function takeStop({ control, recordHalt }: TakeStopDeps, { stopId, reason }: Halt): Fenced {
  const fenced = control.halt({ stopId, reason });
  // An answer to an older stop bears the epoch of the latest: Postgres would count that one again.
  if (control.isHaltedBy(stopId)) recordHalt({ ...fenced, reason });
  return fenced;
}
