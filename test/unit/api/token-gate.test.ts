import { describe, expect, it } from 'vitest';
import { makeServiceToken } from '../../../adapters/secrets/service-token.ts';
import type { ActiveToken } from '../../../adapters/ledger/service-tokens.ts';
import type { Scope } from '../../../domain/control/scopes.ts';
import { createTokenGate, type Wanted } from '../../../workers/api/token-gate.ts';

const RISK: Wanted = { scopes: ['risk'] };

function aGate(perSecondMax = 2) {
  const made = makeServiceToken();
  const token: ActiveToken = { ...made, name: 'asker', scopes: ['risk'] as readonly Scope[] };
  const madeLater = makeServiceToken();
  let tokens: readonly ActiveToken[] | undefined = [token];
  let now = 0;
  let reads = 0;
  const gate = createTokenGate({
    async readTokens() {
      reads += 1;
      if (!tokens) throw new Error('away');
      return tokens;
    },
    perSecondMax,
    nowMs: () => now,
  });
  const ask = async (wanted = RISK, text = made.token) => {
    const admission = await gate.admit(`Bearer ${text}`, wanted);
    return admission.ok ? 200 : admission.answer.status;
  };
  return {
    ask,
    later: {
      text: madeLater.token,
      known: { ...madeLater, name: 'newcomer', scopes: ['risk'] } satisfies ActiveToken,
    },
    reads: () => reads,
    pass: (ms: number) => void (now += ms),
    hold: (held: readonly ActiveToken[] | undefined) => void (tokens = held),
  };
}

describe('the gate', () => {
  it('takes as many as a second allows, of each scope and token apart', async () => {
    const { ask, pass } = aGate();
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429]);
    pass(500);
    expect([await ask(), await ask()]).toEqual([200, 429]);
  });

  it('never refuses a stop for its rate', async () => {
    const { ask } = aGate();
    const stop: Wanted = { scopes: ['risk'], isUnlimited: true };
    for (let times = 0; times < 10; times += 1) expect(await ask(stop)).toBe(200);
  });

  it('looks the tokens up once a second, not once a request', async () => {
    const { ask, reads, pass } = aGate(100);
    await ask();
    await ask();
    expect(reads()).toBe(1);
    pass(1_001);
    await ask();
    expect(reads()).toBe(2);
  });

  it('refuses a revoked token after a second', async () => {
    const { ask, pass, hold } = aGate(100);
    expect(await ask()).toBe(200);
    hold([]);
    pass(1_001);
    expect(await ask()).toBe(401);
  });

  it('knows a token that was made just now, and asks for unknown ones only so often', async () => {
    const { ask, reads, hold, later, pass } = aGate(1_000);
    expect(await ask()).toBe(200);
    hold([later.known]);
    expect(await ask(RISK, later.text)).toBe(200);
    const before = reads();
    for (let times = 0; times < 100; times += 1) {
      expect(await ask(RISK, makeServiceToken().token)).toBe(401);
    }
    expect(reads() - before).toBe(19);
    pass(1_000);
    expect(await ask(RISK, makeServiceToken().token)).toBe(401);
    expect(reads() - before).toBe(20);
  });

  it('goes by what it knew last while the tokens cannot be read', async () => {
    const { ask, pass, hold } = aGate(100);
    expect(await ask()).toBe(200);
    hold(undefined);
    pass(60_000);
    expect(await ask()).toBe(200);
  });

  it('says that it cannot judge where it never knew any', async () => {
    const { ask, hold } = aGate();
    hold(undefined);
    expect(await ask()).toBe(503);
  });

  it('knows a token by its secret, not by its id', async () => {
    const { ask } = aGate();
    const { token } = makeServiceToken();
    expect(await ask(RISK, token)).toBe(401);
    expect(await ask({ scopes: ['control'] })).toBe(403);
  });
});
