import { checkMint, checkMints, type PaperPool } from '../cpmm/paper-pool.ts';
import { FAUCET_ADDRESS, faucetTransfer } from '../faucet.ts';
import { invalidParams } from '../rpc-fault.ts';
import { associatedTokenAddress } from '../token/derived-address.ts';
import type { MethodDeps, Methods } from './methods.ts';
import { amountFrom, configAt, keyFrom, listFrom, wholeNumberFrom } from './params.ts';

/** JSON numbers, in which balances travel, are exact up to here. */
const LAMPORTS_MAX = 2n ** 53n - 1n;
const POOLS_A_CALL_MAX = 256;

/** What no real cluster answers: paper money, paper pools, faults on request. */
export function createFaucetMethods({ chain, intake, faults, openSlot }: MethodDeps): Methods {
  const { accounts, blocks } = chain;

  const readLamports = (value: unknown): bigint => {
    const lamports = amountFrom(value, 'lamports');
    if (lamports > LAMPORTS_MAX) throw invalidParams(`at most ${LAMPORTS_MAX} lamports`);
    return lamports;
  };

  return {
    requestAirdrop(params, { port }) {
      const to = keyFrom(params[0], 'pubkey');
      const transaction = faucetTransfer(to, readLamports(params[1]), blocks.current().blockhash);
      intake.accept({ transactions: [transaction], atomic: false, port });
      return transaction.id;
    },
    simnet_airdrop(params) {
      const to = keyFrom(params[0], 'wallet');
      const lamports = readLamports(params[1]);
      return { slot: openSlot({ kind: 'airdrop', to, lamports }) };
    },
    simnet_setTokenBalance(params) {
      const wallet = keyFrom(params[0], 'wallet');
      const mint = keyFrom(params[1], 'mint');
      const amount = amountFrom(params[2], 'amount');
      const decimals =
        params[3] === undefined ? undefined : wholeNumberFrom(params[3], 'decimals', 20);
      checkMint(accounts, mint, decimals); // A slot that has begun must not fail.
      const account = associatedTokenAddress(wallet, mint);
      const slot = openSlot({ kind: 'token-balance', wallet, mint, amount, decimals });
      return { slot, account };
    },
    simnet_setPools(params) {
      const markets = listFrom(configAt(params, 0)['markets'], 'markets', POOLS_A_CALL_MAX);
      const pools = markets.map(readPaperPool);
      checkMints(accounts, pools); // A slot that has begun must not fail.
      return { slot: openSlot({ kind: 'pools', pools }) };
    },
    simnet_fault(params) {
      faults.add(params[0]);
      return { faults: faults.list() };
    },
    simnet_clearFaults() {
      faults.clear();
      return { faults: [] };
    },
    simnet_status() {
      const { slot, height } = blocks.current();
      return { slot, height, ...chain.counts(), faults: faults.list(), faucet: FAUCET_ADDRESS };
    },
  };
}

function readPaperPool(market: unknown): PaperPool {
  const entry = configAt([market], 0);
  const keys = configAt([entry['pool']], 0);
  const key = (field: string) => keyFrom(keys[field], `pool.${field}`);
  const rate = (field: string) => wholeNumberFrom(keys[field], `pool.${field}`, 1_000_000);
  const decimals = (field: string) =>
    entry[field] === undefined ? undefined : wholeNumberFrom(entry[field], field, 20);
  const baseIsToken0 = keys['baseIsToken0'];
  if (typeof baseIsToken0 !== 'boolean') throw invalidParams('pool.baseIsToken0 must be a boolean');
  const base = amountFrom(entry['base'], 'base');
  const quote = amountFrom(entry['quote'], 'quote');
  if (base === 0n || quote === 0n) throw invalidParams('both reserves must be above zero');
  const baseDecimals = decimals('baseDecimals');
  const quoteDecimals = decimals('quoteDecimals');
  return {
    pool: key('pool'),
    ammConfig: key('ammConfig'),
    vault0: key('vault0'),
    vault1: key('vault1'),
    observation: key('observation'),
    mint0: key('mint0'),
    mint1: key('mint1'),
    tradeFeeRate: rate('tradeFeeRate'),
    protocolFeeRate: rate('protocolFeeRate'),
    fundFeeRate: rate('fundFeeRate'),
    reserve0: baseIsToken0 ? base : quote,
    reserve1: baseIsToken0 ? quote : base,
    decimals0: baseIsToken0 ? baseDecimals : quoteDecimals,
    decimals1: baseIsToken0 ? quoteDecimals : baseDecimals,
  };
}
