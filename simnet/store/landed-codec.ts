import type { Wire } from '../../domain/shared/wire.ts';
import type { LandedTransaction, TokenBalance } from '../state/history.ts';

type LandedWire = Omit<Wire<LandedTransaction>, 'wire' | 'execution'> & {
  /** Base64. */
  readonly wire: string;
  readonly execution: Omit<LandedTransaction['execution'], 'fee' | 'units'> & {
    readonly fee: string;
    readonly units: string;
  };
};

export function encodeLanded(landed: LandedTransaction): string {
  const { execution } = landed;
  const wire: LandedWire = {
    ...landed,
    wire: Buffer.from(landed.wire).toString('base64'),
    execution: { ...execution, fee: String(execution.fee), units: String(execution.units) },
    preBalances: landed.preBalances.map(String),
    postBalances: landed.postBalances.map(String),
    preTokens: landed.preTokens.map(tokenToWire),
    postTokens: landed.postTokens.map(tokenToWire),
  };
  return JSON.stringify(wire);
}

export function decodeLanded(text: string): LandedTransaction {
  const wire = JSON.parse(text) as LandedWire; // Its frame's hash says that we wrote it.
  const { execution } = wire;
  return {
    ...wire,
    wire: Buffer.from(wire.wire, 'base64'),
    execution: { ...execution, fee: BigInt(execution.fee), units: BigInt(execution.units) },
    preBalances: wire.preBalances.map(BigInt),
    postBalances: wire.postBalances.map(BigInt),
    preTokens: wire.preTokens.map(tokenFromWire),
    postTokens: wire.postTokens.map(tokenFromWire),
  };
}

const tokenToWire = (balance: TokenBalance): Wire<TokenBalance> => ({
  ...balance,
  amount: String(balance.amount),
});

const tokenFromWire = (balance: Wire<TokenBalance>): TokenBalance => ({
  ...balance,
  amount: BigInt(balance.amount),
});
