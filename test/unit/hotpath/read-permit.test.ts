import { describe, expect, it } from 'vitest';
import { permitEntryOf } from '../../../hotpath/read-permit.ts';

const entry = (t?: string) => permitEntryOf({ id: '7-0', fields: { p: 'permit', m: 'mac', t } });

describe('an entry of the permit stream', () => {
  it('has the time at which it was published', () =>
    expect(entry('1000')).toEqual({ entryId: '7-0', p: 'permit', m: 'mac', t: '1000' }));

  it.each([undefined, '', 'x', '-5', '1.5', '0x10', 'NaN', '9'.repeat(21)])(
    'has none where it says %j, which would end up in the ledger',
    (t) => expect(entry(t).t).toBeUndefined(),
  );
});
