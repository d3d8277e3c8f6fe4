import type { Mutant } from './mutants.ts';

/** Guards around the executor: approval, proof of an end, ledger, keys, operators. */
export const MUTANTS_AROUND: readonly Mutant[] = [
  {
    name: 'an attempt only after the end of the last',
    file: 'domain/risk/rules/attempt-open.ts',
    guard: "view.hasLiveAttempt\n      ? 'has no end'",
    without: "view.hasLandedAttempt\n      ? 'has no end'",
  },
  {
    name: 'no attempt after one that landed',
    file: 'domain/risk/rules/attempt-open.ts',
    guard: "view.hasLandedAttempt\n    ? 'has landed'",
    without: "view.lastAttempt < 0\n    ? 'has landed'",
  },
  {
    name: 'reservation',
    file: 'domain/risk/rules/total-exposure.ts',
    guard: 'view.committed + signal.notional',
    without: 'signal.notional',
    test: 'test/unit/risk/rules/limits.test.ts',
  },
  {
    name: 'death needs every origin past the height',
    file: 'domain/settlement/proof-of-end.ts',
    guard: 'return origins.every((origin) =>\n    heights.some(',
    without: 'return origins.some((origin) =>\n    heights.some(',
    test: 'test/unit/settlement/proof-of-end.test.ts',
  },
  {
    name: 'death needs an answer of every origin',
    file: 'domain/settlement/proof-of-end.ts',
    guard: 'return view.origins.every((origin) => {',
    without: 'return view.origins.some((origin) => {',
  },
  {
    name: 'a null of before the height proves nothing',
    file: 'domain/settlement/proof-of-end.ts',
    guard: ' || answer.slot < past.slot',
    without: '',
    test: 'test/unit/settlement/proof-of-end.test.ts',
  },
  {
    name: 'a blockhash lives on after the permit',
    file: 'domain/settlement/proof-of-end.ts',
    guard: 'validUntilHeight + BLOCKHASH_LIFE_BLOCKS',
    without: 'validUntilHeight',
  },
  {
    name: 'mark scan',
    file: 'activities/prove-end.ts',
    guard: 'const found = findByMark(permit, readable);',
    without: 'const found = findByMark(permit, []);',
  },
  {
    name: 'a refusal never unsays a known signature',
    file: 'domain/settlement/permit-transitions.ts',
    guard: "if (report.kind === 'refused' && signature !== undefined) return status;",
    without: '',
    test: 'test/unit/settlement/permit-transitions.test.ts',
  },
  {
    name: 'a settlement counts at its commitment',
    file: 'domain/settlement/proof-of-end.ts',
    guard: "return status.commitment === 'finalized' || status.commitment === commitment;",
    without: 'return commitment.length > 0 && status.slot > 0;',
    test: 'test/unit/settlement/proof-of-end.test.ts',
  },
  {
    name: 'mode of a key file',
    file: 'adapters/secrets/secret-file.ts',
    guard: '(mode & 0o077) !== 0',
    without: 'mode < 0',
    test: 'test/unit/secrets/secret-files.test.ts',
  },
  {
    name: 'two operators to resume',
    file: 'domain/control/resume-statement.ts',
    guard: 'if (keys.size < OPERATORS_MIN) {',
    without: 'if (signatures.length < OPERATORS_MIN) {',
    test: 'test/unit/control/resume-statement.test.ts',
  },
  {
    name: 'a reservation is freed once',
    file: 'domain/settlement/permit-transitions.ts',
    guard: "status === 'refused' && known.status !== 'refused'",
    without: "status === 'refused' && signature !== known.signature",
    test: 'test/unit/settlement/permit-transitions.test.ts',
  },
];
