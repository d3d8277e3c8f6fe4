import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addOperator,
  readOperators,
  signAsOperator,
  verifyOperator,
} from '../../../adapters/secrets/operator-files.ts';
import {
  resumeFaults,
  resumeText,
  type ResumeRequest,
  type ResumeView,
} from '../../../domain/control/resume-statement.ts';

let folder: string;
const keyFileOf = (name: string): string => join(folder, 'private', `${name}.pem`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'overmind-operators-'));
  for (const name of ['ada', 'bob']) {
    addOperator({ name, folder: join(folder, 'public'), keyFile: keyFileOf(name) });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const agreed = {
  wallet: 'w',
  haltEpoch: 3,
  reconciliationHash: 'r'.repeat(64),
  configHash: 'c'.repeat(64),
  reason: 'all is well',
};
const signed = (operator: string, statement = agreed) => ({
  operator,
  signature: signAsOperator(keyFileOf(operator), resumeText(statement)),
});
const request = (change: Partial<ResumeRequest> = {}): ResumeRequest => ({
  ...agreed,
  reconciliationId: 7,
  signatures: [signed('ada'), signed('bob')],
  ...change,
});
const view = (change: Partial<ResumeView> = {}): ResumeView => ({
  wallet: agreed.wallet,
  halted: true,
  haltEpoch: agreed.haltEpoch,
  configHash: agreed.configHash,
  operators: readOperators(join(folder, 'public')),
  verify: verifyOperator,
  ...change,
});

describe('a resume', () => {
  it('is agreed to by two operators', () => {
    expect(resumeFaults(request(), view())).toEqual([]);
  });

  it.each<[string, () => readonly string[], RegExp]>([
    ['nobody', () => resumeFaults(request({ signatures: [] }), view()), /^signed by 0/],
    ['one', () => resumeFaults(request({ signatures: [signed('ada')] }), view()), /^signed by 1/],
    [
      'one twice',
      () => resumeFaults(request({ signatures: [signed('ada'), signed('ada')] }), view()),
      /^signed by 1/,
    ],
    [
      'one under two names',
      () => {
        const key = view().operators.get('ada') ?? '';
        const twins = {
          operators: new Map([
            ['ada', key],
            ['eve', key],
          ]),
        };
        const signatures = [signed('ada'), { ...signed('ada'), operator: 'eve' }];
        return resumeFaults(request({ signatures }), view(twins));
      },
      /^signed by 1/,
    ],
    [
      'a stranger',
      () => {
        const operators = new Map([...view().operators].filter(([name]) => name === 'ada'));
        return resumeFaults(request(), view({ operators }));
      },
      /knows no operator bob/,
    ],
    [
      'two, at a halt that is over',
      () => resumeFaults(request(), view({ haltEpoch: 4 })),
      /halt epoch 3, the executor is at 4/,
    ],
    ['two, without a halt', () => resumeFaults(request(), view({ halted: false })), /not halted/],
    [
      'two, for another configuration',
      () => resumeFaults(request(), view({ configHash: 'd' })),
      /another configuration/,
    ],
  ])('is not agreed to by %s', (_who, faults, says) => {
    expect(faults().join('; ')).toMatch(says);
  });

  it.each<[string, Partial<ResumeRequest>, Partial<ResumeView>]>([
    ['halt epoch', { haltEpoch: 4 }, { haltEpoch: 4 }],
    ['reconciliation', { reconciliationHash: 'x' }, {}],
    ['configuration', { configHash: 'x' }, { configHash: 'x' }],
    ['reason', { reason: 'something else' }, {}],
    ['wallet', {}, { wallet: 'other' }],
  ])('is not agreed to when the %s is another one than was signed', (_what, asked, at) => {
    const faults = resumeFaults(request(asked), view(at));
    expect(faults).toContain("ada's signature is wrong");
    expect(faults).toContain("bob's signature is wrong");
  });

  it('has one text for one statement: no reason imitates another field', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const texts = [one, other].map((reason) => resumeText({ ...agreed, reason }));
        expect(texts[0] === texts[1]).toBe(one === other);
        expect(texts[0]?.split('\n')).toHaveLength(6);
      }),
    );
  });
});

describe("an operator's files", () => {
  it('keep the private key from everybody else', () => {
    expect(statSync(keyFileOf('ada')).mode & 0o777).toBe(0o600);
    expect(() => addOperator({ name: 'ada', folder, keyFile: keyFileOf('ada') })).toThrow(/exists/);
  });

  it('are passed over where they hold no key', () => {
    writeFileSync(join(folder, 'public', 'mallory.pub'), 'not a key');
    writeFileSync(join(folder, 'public', 'README'), '');
    expect([...readOperators(join(folder, 'public')).keys()].toSorted()).toEqual(['ada', 'bob']);
    expect(readOperators(join(folder, 'nowhere')).size).toBe(0);
  });
});
