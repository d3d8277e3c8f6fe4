import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createPermitMac } from '../../../adapters/secrets/permit-mac.ts';
import { createSigner } from '../../../adapters/secrets/signer.ts';
import { compileSwapTemplates } from '../../../adapters/venues/raydium-cpmm/compile-swap.ts';
import { loadConfig } from '../../../config/config.ts';
import { loadMarkets } from '../../../config/markets.ts';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import { admitTemplates } from '../../../hotpath/admit-template.ts';
import { openRehearsal } from '../../../hotpath/rehearse.ts';
import { createTemplates, tipsByRoute } from '../../../hotpath/templates.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const publicBytes = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
const wallet = encodeBase58(publicBytes);
const markets = loadMarkets(['SOL-USDC', 'BTC-USDC']);
const swaps = admitTemplates(compileSwapTemplates(wallet, markets), { wallet, markets });

function aRehearsal() {
  const signer = createSigner(Buffer.concat([seed, publicBytes]));
  const signedMessages: Buffer[] = [];
  let monotonicMs = 0;
  return {
    signedMessages,
    passTime: (ms: number) => (monotonicMs += ms),
    deps: {
      swaps,
      wallet,
      mac: createPermitMac(Buffer.alloc(32, 7)),
      templates: createTemplates({
        templates: swaps,
        tips: tipsByRoute([publicBytes]),
        unitPrice: 1n,
      }),
      signer: {
        sign(message: Buffer, into: Buffer) {
          signedMessages.push(Buffer.from(message));
          signer.sign(message, into);
        },
      },
      clock: () => ({ wallMs: Date.now(), monotonicMs, ns: process.hrtime.bigint() }),
      nowNs: () => process.hrtime.bigint(),
      signing: loadConfig({}).execution.limits,
    },
  };
}

describe('rehearsal', () => {
  it('goes through the whole path with every template', async () => {
    const { deps, signedMessages } = aRehearsal();
    // Fewer would mean that a check refused the made-up permit before it was signed.
    expect(await openRehearsal(deps).rehearse()).toBe(signedMessages.length);
    expect(signedMessages.length).toBeGreaterThan(100);
    const lengths = new Set(signedMessages.map(({ length }) => length));
    const wanted = new Set(swaps.map(({ wire }) => wire.length - 65));
    expect(lengths).toEqual(wanted);
  });

  it('signs nothing that could land: every blockhash is zeros', async () => {
    const { deps, signedMessages } = aRehearsal();
    await openRehearsal(deps).rehearse();
    for (const message of signedMessages) {
      const swap = swaps.find(({ wire }) => wire.length - 65 === message.length);
      const at = (swap?.offsets.blockhash ?? 0) - 65;
      expect(message.subarray(at, at + 32).every((byte) => byte === 0)).toBe(true);
    }
  });

  it('ends at its time limit on a slow machine', async () => {
    const { deps, passTime, signedMessages } = aRehearsal();
    const { clock } = deps;
    const slow = () => {
      passTime(100);
      return clock();
    };
    await openRehearsal({ ...deps, clock: slow }).rehearse();
    expect(signedMessages.length).toBeLessThan(10);
  });

  it('goes on passing for as long as it is asked to', () => {
    const { deps, signedMessages } = aRehearsal();
    const { pass } = openRehearsal(deps);
    for (let n = 0; n < 1_000; n++) pass();
    expect(signedMessages).toHaveLength(1_000);
  });
});
