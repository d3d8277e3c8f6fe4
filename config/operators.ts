import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from './config.ts';

/** Public keys of those who may resume; the executor reads them here. */
export const operatorsFolder = ({ home }: Pick<Config, 'home'>): string => join(home, 'operators');

/** Where a private key is kept unless its owner names a file. */
export const operatorKeyFile = ({ home }: Pick<Config, 'home'>, name: string): string =>
  join(home, 'secrets', 'operators', `${name}.pem`);

/**
 * What operators agree to when they resume: everything that decides about trades and their limits,
 * no address and no secret. Settings are made by one function, so their order is always the same.
 */
export function configHashOf(config: Config): string {
  const { mode, markets, ai, evGate, solUsdc, trade, risk, approval, execution } = config;
  const { mode: aiMode, confidenceThreshold, overlay } = ai;
  const models = overlay.providers.map(({ by, model }) => ({ by, model }));
  const brain = { aiMode, confidenceThreshold, models, budgetMs: overlay.budgetMs };
  const decisive = { mode, markets, ...brain, evGate, solUsdc, trade, risk, approval };
  const text = JSON.stringify({ ...decisive, execution }, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return createHash('sha256').update(text).digest('hex');
}
