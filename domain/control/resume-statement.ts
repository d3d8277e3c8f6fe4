/** What two operators agree on before anything is signed again. */
export type ResumeStatement = {
  /** Of the executor that is to sign again. */
  readonly wallet: string;
  /** The halt that is lifted; a newer one needs new signatures. */
  readonly haltEpoch: number;
  readonly reconciliationHash: string;
  readonly configHash: string;
  readonly reason: string;
};

export type OperatorSignature = { readonly operator: string; readonly signature: string };

export type ResumeRequest = Omit<ResumeStatement, 'wallet'> & {
  readonly reconciliationId: number;
  readonly signatures: readonly OperatorSignature[];
};

/** Names become file names, so they hold nothing that leads elsewhere. */
export const OPERATOR_NAME = /^[a-z][a-z0-9-]{0,30}$/;

const OPERATORS_MIN = 2;

/** The very text that is signed. The reason comes last and quoted: it can imitate no other field. */
export function resumeText(statement: ResumeStatement): string {
  const { wallet, haltEpoch, reconciliationHash, configHash, reason } = statement;
  return [
    'overmind resume v1',
    `wallet ${wallet}`,
    `halt epoch ${haltEpoch}`,
    `reconciliation ${reconciliationHash}`,
    `configuration ${configHash}`,
    `reason ${JSON.stringify(reason)}`,
  ].join('\n');
}

/** What the executor holds against a request. */
export type ResumeView = {
  readonly wallet: string;
  readonly halted: boolean;
  readonly haltEpoch: number;
  readonly configHash: string;
  /** Public keys by operator. */
  readonly operators: ReadonlyMap<string, string>;
  readonly verify: (publicKey: string, text: string, signature: string) => boolean;
};

/** Every reason against it; none: two different people with keys of their own have agreed to it. */
export function resumeFaults(request: ResumeRequest, view: ResumeView): readonly string[] {
  const { haltEpoch, configHash, signatures } = request;
  const faults: string[] = [];
  if (!view.halted) faults.push('the executor is not halted');
  if (haltEpoch !== view.haltEpoch) {
    faults.push(`signed for halt epoch ${haltEpoch}, the executor is at ${view.haltEpoch}`);
  }
  if (configHash !== view.configHash) {
    faults.push("signed for another configuration than the executor's");
  }
  const text = resumeText({ ...request, wallet: view.wallet });
  const keys = new Set<string>();
  for (const { operator, signature } of signatures) {
    const key = view.operators.get(operator);
    if (key === undefined) faults.push(`the executor knows no operator ${operator}`);
    else if (!view.verify(key, text, signature)) faults.push(`${operator}'s signature is wrong`);
    else keys.add(key);
  }
  // Counted by key: one person under two names is still one.
  if (keys.size < OPERATORS_MIN) {
    faults.push(`signed by ${keys.size} with a key of their own, it takes ${OPERATORS_MIN}`);
  }
  return faults;
}
