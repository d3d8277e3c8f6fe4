import { join } from 'node:path';
import { STATE_V1_NAMES } from '../../adapters/features/state-v1.ts';
import { askedOf } from '../../adapters/llm/overlay.ts';
import type { StoredDecision } from '../../adapters/ledger/recorded-decisions.ts';
import type { Config } from '../../config/config.ts';
import { advicePrompt, type PromptVersion } from '../../domain/analysis/advice-prompt.ts';
import type { Consultation } from '../../domain/analysis/consultation.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { mintOf, openOverlay } from '../../workers/brain/open-overlay.ts';

/** Other words, another model, or both; what is not given is as configured. */
export type OtherAdvice = {
  readonly prompt?: PromptVersion | undefined;
  readonly model?: string | undefined;
};

export type AskAgain = (recorded: StoredDecision) => Promise<Consultation>;

/**
 * Asks the first configured server. A recorded answer of the same model to the same bytes is taken
 * as it was, so the same versions give the same decision, and cost nothing. Throws `input/invalid`
 * where no server is configured.
 */
export function createAskAgain(config: Config, { prompt, model }: OtherAdvice): AskAgain {
  const { providers, ...bounds } = config.ai.overlay;
  const [first] = providers;
  if (!first) {
    const field = prompt === undefined ? '--model' : '--prompt';
    const expected = 'a model to ask: OPENAI_API_KEY, OVERMIND_LLM_URL or OVERMIND_TENSORZERO_URL';
    throw new OvermindError('input/invalid', { field, got: 'none configured', expected });
  }
  const promptVersion = prompt ?? bounds.promptVersion;
  const asked = { ...first, model: model ?? first.model };
  // A day's money of its own: two processes would lose count of a common one.
  const spendFile = join(config.home, 'llm-spend-redecide.json');
  const overlay = openOverlay({ ...bounds, promptVersion, providers: [asked] }, spendFile);
  return async ({ candidate, opinion, inputs: { consultation: then } }) => {
    const question = { candidate, opinion, mint: mintOf(candidate.market) };
    const { promptHash } = askedOf(advicePrompt(question, STATE_V1_NAMES, promptVersion));
    const isSame = then?.answered && then.promptHash === promptHash && then.model === asked.model;
    return isSame ? then : overlay.consult(question);
  };
}
