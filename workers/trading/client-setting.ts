import type { Converting } from '../../adapters/payloads/payload-codec.ts';

/** What every client of the trading workflows may be told. */
export type ClientSetting = {
  readonly taskQueue?: string;
  /** How payloads are sealed and opened; without it they are as Temporal's own JSON. */
  readonly converting?: Converting;
};
