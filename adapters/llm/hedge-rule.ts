/** When a second provider is asked beside a slow first one. */
export type HedgeRule = {
  /** Called once a question: each allows a tenth of a hedge. */
  afterMs(): number;
  /** Takes one hedge, if there is one. */
  mayHedge(): boolean;
  /** How long the first provider took, or at least took. */
  observe(latencyMs: number): void;
};

/** Hedges for a tenth of all questions: an outage must not double the load of what still runs. */
const HEDGES_PER_QUESTION = 0.1;
const HEDGES_MAX = 3;
const LATENCIES_MAX = 64;
/** Below this many observations a percentile says nothing. */
const LATENCIES_MIN = 10;
/** Until then: this share of the budget. */
const FIRST_SHARE = 0.5;

export function createHedgeRule(budgetMs: number): HedgeRule {
  const latencies: number[] = [];
  let hedges = 1;
  return {
    afterMs() {
      hedges = Math.min(HEDGES_MAX, hedges + HEDGES_PER_QUESTION);
      if (latencies.length < LATENCIES_MIN) return budgetMs * FIRST_SHARE;
      const sorted = latencies.toSorted((left, right) => left - right);
      return sorted[Math.floor(sorted.length * 0.9)] ?? budgetMs * FIRST_SHARE;
    },
    mayHedge() {
      if (hedges < 1) return false;
      hedges -= 1;
      return true;
    },
    observe(latencyMs) {
      latencies.push(latencyMs);
      if (latencies.length > LATENCIES_MAX) latencies.shift();
    },
  };
}
