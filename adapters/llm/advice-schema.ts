import { z } from 'zod';
import {
  ADVICE_REASONS,
  ADVICE_REASONS_MAX,
  VERDICTS,
  type Advice,
} from '../../domain/analysis/consultation.ts';

/**
 * What goes over the wire and what is checked come from this one source. It holds no limits: not
 * every server takes `minimum` or `maxItems`; they are looked at afterwards.
 */
const adviceSchema = z.strictObject({
  verdict: z.enum(VERDICTS),
  reasons: z.array(z.enum(ADVICE_REASONS)),
  // A whole number on the wire: with `number` a small model repeats a conviction of 0.82, and is
  // not heard. `z.int()` would bring limits.
  confidence: z.number().meta({ type: 'integer' }),
});

const { $schema: _dialect, ...schema } = z.toJSONSchema(adviceSchema);

export const ADVICE_FORMAT = {
  type: 'json_schema' as const,
  json_schema: { name: 'advice', strict: true, schema },
};

/** The advice in an answer's text, or what is wrong with it. */
export function readAdvice(text: string): Advice | { readonly fault: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { fault: 'no JSON' };
  }
  const parsed = adviceSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { fault: `${issue?.path.join('.') || 'answer'}: ${issue?.code ?? 'invalid'}` };
  }
  const { verdict, reasons, confidence } = parsed.data;
  if (!Number.isInteger(confidence) || confidence < 0 || confidence > 100) {
    return { fault: 'confidence: not a whole number from 0 to 100' };
  }
  if (reasons.length === 0) return { fault: 'reasons: none' };
  return { verdict, reasons: [...new Set(reasons)].slice(0, ADVICE_REASONS_MAX), confidence };
}
