import { Keypair, PublicKey } from '@solana/web3.js';
import type { Random } from '../../../adapters/market-data/random.ts';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import type { RunningSimnet } from '../../support/simnet.ts';
import { base64, connectTo, rpc, signedV0, transfer } from '../../contract/simnet/client.ts';
import { aPool, ataOf, swapInstruction } from '../../contract/simnet/paper-market.ts';

const TIP_ACCOUNT = new PublicKey('96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5');
const TIP_LAMPORTS = 1_000n;
const POOL = aPool('kills', { trade: 2_500, protocol: 120_000, fund: 40_000 });
const CONFIRMED = { commitment: 'confirmed' };
const MORE_THAN_IT_HAS = 10n ** 17n;

/** One transaction, and what it would take from the payer beside its fee. */
export type Sent = {
  readonly kind: 'transfer' | 'fails' | 'bundle' | 'swap' | 'dead';
  readonly signature: string;
  readonly wire: string;
  readonly to: string;
  readonly lamports: bigint;
  readonly tip: bigint;
  /** The others of its bundle: all or none. */
  readonly bundle: readonly string[];
  /** Simnet has said that it took it. */
  acknowledged: boolean;
};

/** A write without a transaction; unacknowledged, it may have been or not. */
export type Given = {
  readonly kind: 'airdrop' | 'token';
  readonly account: string;
  readonly amount: bigint;
  acknowledged: boolean;
};

export type Traffic = ReturnType<typeof createTraffic>;

/** A client that does everything there is, in an order that its seed decides, and keeps the book. */
export function createTraffic(random: Random) {
  const payer = Keypair.generate();
  const sent: Sent[] = [];
  const given: Given[] = [];
  const oldBlockhashes: { readonly blockhash: string; readonly lastValid: number }[] = [];
  let amount = 1_000_000n;
  let pool = { base: 10n ** 12n, quote: 10n ** 11n };

  const below = (max: number): number => Math.floor(random.next() * max);
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[below(items.length)];
  const anAmount = (): bigint => (amount += 1n + BigInt(below(50_000)));

  /** Throws where simnet refused: the traffic asks for nothing that it may refuse. */
  const ask = async (url: string, method: string, ...params: unknown[]): Promise<any> => {
    const { result, error } = await rpc(url, method, ...params);
    if (error) throw new Error(`${method} was refused: ${error.message}`);
    return result;
  };

  const note = (wires: readonly { wire: string; signature: string }[], facts: Partial<Sent>) => {
    const bundle = wires.map(({ signature }) => signature);
    const noted = wires.map(({ wire, signature }): Sent => {
      const plain = { kind: 'transfer', to: '', lamports: 0n, tip: 0n } as const;
      return { ...plain, ...facts, wire, signature, bundle, acknowledged: false };
    });
    sent.push(...noted);
    return noted;
  };

  const sign = async (
    simnet: RunningSimnet,
    instructions: Parameters<typeof signedV0>[2],
    blockhash?: string,
  ) => {
    // Not by web3.js, which hides why a request failed.
    const { value } = await ask(simnet.url, 'getLatestBlockhash', CONFIRMED);
    const fresh = blockhash ?? value.blockhash;
    const transaction = await signedV0(connectTo(simnet), payer, instructions, fresh);
    const signature = encodeBase58(transaction.signatures[0] ?? new Uint8Array());
    return { wire: base64(transaction), signature };
  };

  const sendWire = (url: string, wire: string) =>
    ask(url, 'sendTransaction', wire, { encoding: 'base64', skipPreflight: true });

  const pay = async (simnet: RunningSimnet, kind: Sent['kind'], blockhash?: string) => {
    const to = Keypair.generate().publicKey;
    const lamports = kind === 'fails' ? MORE_THAN_IT_HAS : anAmount();
    const signed = await sign(simnet, [transfer(payer, to, lamports)], blockhash);
    const [one] = note([signed], { kind, to: to.toBase58(), lamports });
    await sendWire(pick([simnet.url, simnet.url2]) ?? simnet.url, signed.wire);
    one!.acknowledged = true;
  };

  const operations: Readonly<Record<string, (simnet: RunningSimnet) => Promise<void>>> = {
    transfer: (simnet) => pay(simnet, 'transfer'),
    fails: (simnet) => pay(simnet, 'fails'),
    async dead(simnet) {
      const height: number = await ask(simnet.url, 'getBlockHeight', { commitment: 'processed' });
      const old = oldBlockhashes.find(({ lastValid }) => lastValid < height);
      if (old) await pay(simnet, 'dead', old.blockhash);
    },
    async again(simnet) {
      const earlier = pick(sent);
      if (!earlier) return;
      if (earlier.kind !== 'bundle') {
        await sendWire(simnet.url, earlier.wire);
        return;
      }
      // Whole, as it came: one of it alone could land alone, after a fork or a kill. Refused where
      // it has landed or is dead.
      const wires = sent.filter(({ to }) => to === earlier.to).map(({ wire }) => wire);
      await rpc(`${simnet.url}/api/v1/bundles`, 'sendBundle', wires, { encoding: 'base64' });
    },
    async bundle(simnet) {
      const to = Keypair.generate().publicKey;
      const tip = transfer(payer, TIP_ACCOUNT, TIP_LAMPORTS);
      const [first, second] = [anAmount(), anAmount()];
      const wires = [
        await sign(simnet, [transfer(payer, to, first)]),
        await sign(simnet, [transfer(payer, to, second), tip]),
      ];
      const facts = { kind: 'bundle', to: to.toBase58() } as const;
      const noted = note(wires, facts).map((one, index) => ({
        ...one,
        lamports: index === 0 ? first : second,
        tip: index === 0 ? 0n : TIP_LAMPORTS,
      }));
      sent.splice(-2, 2, ...noted);
      const all = wires.map(({ wire }) => wire);
      await ask(`${simnet.url}/api/v1/bundles`, 'sendBundle', all, { encoding: 'base64' });
      for (const one of noted) one.acknowledged = true;
    },
    async swap(simnet) {
      const amountIn = BigInt(1_000_000 + below(1_000_000));
      const order = { zeroForOne: random.next() < 0.5, amountIn, amountOutMin: 1n };
      const signed = await sign(simnet, [swapInstruction(payer.publicKey, POOL, order)]);
      const [one] = note([signed], { kind: 'swap' });
      await sendWire(simnet.url, signed.wire);
      one!.acknowledged = true;
    },
    async airdrop(simnet) {
      const account = Keypair.generate().publicKey.toBase58();
      const gift: Given = { kind: 'airdrop', account, amount: anAmount(), acknowledged: false };
      given.push(gift);
      await ask(simnet.url, 'simnet_airdrop', account, String(gift.amount));
      gift.acknowledged = true;
    },
    async token(simnet) {
      const wallet = Keypair.generate().publicKey;
      const account = ataOf(wallet, POOL.mint0).toBase58();
      const gift: Given = { kind: 'token', account, amount: anAmount(), acknowledged: false };
      given.push(gift);
      const owner = wallet.toBase58();
      await ask(simnet.url, 'simnet_setTokenBalance', owner, POOL.mint0, String(gift.amount), 9);
      gift.acknowledged = true;
    },
    async movePool(simnet) {
      pool = { base: 10n ** 12n + anAmount(), quote: 10n ** 11n + anAmount() };
      await setPool(simnet);
    },
    async fork(simnet) {
      await ask(simnet.url, 'simnet_fault', { kind: 'fork', count: 1, slots: 1 + below(4) });
    },
    async rememberBlockhash(simnet) {
      const { value } = await ask(simnet.url, 'getLatestBlockhash', { commitment: 'processed' });
      oldBlockhashes.push({ blockhash: value.blockhash, lastValid: value.lastValidBlockHeight });
    },
  };

  const setPool = async (simnet: RunningSimnet): Promise<void> => {
    const reserves = { base: String(pool.base), quote: String(pool.quote) };
    const market = { pool: POOL, ...reserves, baseDecimals: 9, quoteDecimals: 6 };
    await ask(simnet.url, 'simnet_setPools', { markets: [market] });
  };

  return {
    payer: payer.publicKey.toBase58(),
    pool: POOL,
    sent,
    given,
    ask,
    setPool,
    reserves: () => pool,
    /** Before the first kill: money, a pool, and tokens to trade in it. */
    async begin(simnet: RunningSimnet): Promise<bigint> {
      const lamports = 1_000_000_000_000n;
      const owner = payer.publicKey.toBase58();
      await ask(simnet.url, 'simnet_airdrop', owner, String(lamports));
      await setPool(simnet);
      for (const [mint, decimals] of [
        [POOL.mint0, 9],
        [POOL.mint1, 6],
      ] as const) {
        await ask(simnet.url, 'simnet_setTokenBalance', owner, mint, '1000000000000', decimals);
      }
      return lamports;
    },
    /** One operation, drawn by the seed. */
    async step(simnet: RunningSimnet): Promise<void> {
      await pick(Object.values(operations))?.(simnet);
    },
  };
}
