import { holds, type RiskRule } from '../rule.ts';

export const halted: RiskRule = (_signal, view) =>
  holds('halted', !view.halted, 'not halted', `halted, epoch ${view.haltEpoch}`);
