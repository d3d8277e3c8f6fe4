import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../../workers/api/read-json.ts';

const read = (text: string) => readJson(Buffer.from(text, 'utf8'));

describe('a body', () => {
  it('is read as JSON reads it, where every reader would agree', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8, noUnicodeString: false }), (text) => {
        const said = read(text);
        if (said.ok) expect(said.value).toEqual(JSON.parse(text));
        else expect(said.fault).toMatch(/__proto__|nested/);
      }),
    );
  });

  it.each([
    ['{"a":1,"a":2}', 'the key "a" stands twice'],
    ['{"b":{"a":1,"a":2}}', 'the key "a" stands twice'],
    ['[{"a":1},{"a":1,"\\u0061":2}]', 'the key "a" stands twice'],
    ['{"a":"\\"","a":1}', 'the key "a" stands twice'],
    ['{"__proto__":1}', 'the key "__proto__" is not taken'],
    [`${'['.repeat(17)}${']'.repeat(17)}`, 'nested deeper than 16'],
    ['{"a":1', 'the body is not JSON'],
    ['', 'the body is not JSON'],
  ])('%s is refused', (text, fault) => {
    expect(read(text)).toEqual({ ok: false, fault });
  });

  it.each(['{"a":["a","a"],"b":"a"}', '{"a":{"a":1}}', '[{"a":1},{"a":2}]', '{"a":"{\\"a\\":1}"}'])(
    '%s is no key twice',
    (text) => expect(read(text).ok).toBe(true),
  );

  it('that is not UTF-8 is refused', () => {
    expect(readJson(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ ok: false });
  });
});
