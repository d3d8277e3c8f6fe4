import { readOperators } from '../../adapters/secrets/operator-files.ts';
import type { Config } from '../../config/config.ts';
import { operatorsFolder } from '../../config/operators.ts';
import type { DecisionSettings } from '../../domain/decision/decision-settings.ts';
import type { RiskLimits } from '../../domain/risk/risk-view.ts';
import { lamports } from '../../domain/shared/units.ts';
import type { ApprovalSetting, OverlaySetting } from '../../temporal/trade-facts.ts';
import type { TradeExtras } from './trade-setting.ts';

export function decisionSettingsOf({ ai, evGate, trade, execution }: Config): DecisionSettings {
  return {
    convictionMin: ai.confidenceThreshold,
    evGate,
    notional: trade.notional,
    notionalMin: trade.notionalMin,
    slippageMax: trade.slippageMax,
    exitSlippageMax: trade.exitSlippageMax,
    tipMax: execution.tipMax,
    feeMax: execution.feeMax,
    entryLifeMs: execution.entryLifeMs,
    exitLifeMs: execution.exitLifeMs,
  };
}

export function tradeExtrasOf(config: Config): TradeExtras {
  return { overlay: overlaySettingOf(config), approval: approvalSettingOf(config) };
}

/** Undefined where no entry waits for a person. Reads the operators that are known now. */
function approvalSettingOf(config: Config): ApprovalSetting | undefined {
  const { notionalMin, withinMs } = config.approval;
  if (notionalMin === undefined) return undefined;
  const operators = [...readOperators(operatorsFolder(config)).keys()];
  return { notionalMin: String(notionalMin), withinMs, operators };
}

/** Undefined where no trade asks a language model: by its mode, or because there is none to ask. */
export function overlaySettingOf({ ai }: Config): OverlaySetting | undefined {
  const { mode, overlay, confidenceThreshold: convictionMin } = ai;
  if (mode === 'disabled' || overlay.providers.length === 0) return undefined;
  return { mode, budgetMs: overlay.budgetMs, convictionMin };
}

export function riskLimitsOf({ risk, trade, execution }: Config): RiskLimits {
  return {
    ...risk,
    notionalMin: trade.notionalMin,
    slippageMax: trade.slippageMax,
    exitSlippageMax: trade.exitSlippageMax,
    permitCostMax: lamports(execution.feeMax + execution.tipMax),
  };
}

/** Every limit of approval and execution by its name, as the audit keeps them. */
export function wireLimitsOf(config: Config): Readonly<Record<string, string | number>> {
  const { feeMax, tipMax, limits } = config.execution;
  const all = { ...riskLimitsOf(config), feeMax, tipMax, ...limits };
  return Object.fromEntries(
    Object.entries(all).map(([name, limit]) => [
      name,
      typeof limit === 'bigint' ? String(limit) : limit,
    ]),
  );
}
