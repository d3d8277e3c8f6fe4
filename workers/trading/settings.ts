import type { Config } from '../../config/config.ts';
import type { DecisionSettings } from '../../domain/decision/decision-settings.ts';
import type { RiskLimits } from '../../domain/risk/risk-view.ts';
import { lamports } from '../../domain/shared/units.ts';

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

export function riskLimitsOf({ risk, trade, execution }: Config): RiskLimits {
  return {
    ...risk,
    notionalMin: trade.notionalMin,
    slippageMax: trade.slippageMax,
    exitSlippageMax: trade.exitSlippageMax,
    permitCostMax: lamports(execution.feeMax + execution.tipMax),
  };
}
