import { callRpc } from '../chain/json-rpc.ts';
import { decodeBase58 } from '../../domain/shared/base58.ts';

/** Jito's own, as its documentation lists them: used when the block engine does not answer. */
const JITO_TIP_ACCOUNTS = [
  '96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5',
  'HFqU5x63VTqvQss8hp11i4wVV8bD44PvwucfZ2bU7gRe',
  'Cw8CFyM9FkoMi7K7Crf6HNQqf4uEMzpKw6QNghXLvLkY',
  'ADaUMid9yfUytqMBgopwjb2DTLSokTSzL1zt6iGPaS49',
  'DfXygSm4jCyNCybVYYK6DwvWqjKee8pbDmJGcLWNDXjh',
  'ADuUkR4vqLUMWXxW9gh6D6L8pMSawimctcNZ5pGwDcEt',
  'DttWaMuVvTiduZRnguLF7jNxTgiMBZ1hyAumKUiL2KRL',
  '3AVi9Tg9Uo68tJfuvoKvqKNWKkC5wPdSSdeBnizKZ6jT',
];

/** Helius names them in its documentation and SDK (`SENDER_TIP_ACCOUNTS`); no method lists them. */
const SENDER_TIP_ACCOUNTS = [
  '4ACfpUFoaSD9bfPdeu6DBt89gB6ENTeHBXCAi87NhDEE',
  'D2L6yPZ2FmmmTKPgzaMKdhu6EWZcTpLy1Vhx8uvZe7NZ',
  '9bnz4RShgq1hAnLnZbP8kbgBg1kEmcJBYQq3gQbmnSta',
  '5VY91ws6B2hMmBFRsXkoAAdsPHBJwRfBht4DXox3xkwn',
  '2nyhqdwKcJZR2vcqCyrYsaPVdAnFoJjiksCXJ7hfEYgD',
  '2q5pghRs6arqVjRvT5gfgWfWcHWmw1ZuCzphgd5KfWGJ',
  'wyvPkWjVZz1M8fHQnMMCDTQDbkManefNNhweYk5WkcF',
  '3KCKozbAaF75qEU33jtzozcJ29yJuaLJTy2jFdzUY8bT',
  '4vieeGHPYPG2MmyPRcYjdiDmmhN3ww7hsFNap8pVN3Ey',
  '4TQLFNWK8AovT1gFvda5jfw2oJeRMKEmw7aH6MGBJ3or',
];

/** Where a transaction must tip for Helius Sender to take it, as 32 bytes each. */
export const senderTipAccounts = (): readonly Uint8Array[] => keysOf(SENDER_TIP_ACCOUNTS);

/** Accounts that a block engine takes tips at, as 32 bytes each; asked once, at start. */
export async function requestTipAccounts(jitoUrl: string): Promise<readonly Uint8Array[]> {
  const url = `${jitoUrl.replace(/\/$/, '')}/api/v1/getTipAccounts`;
  const listed = await callRpc<unknown>(url, 'getTipAccounts', []).catch(() => undefined);
  const keys = keysOf(listed);
  return keys.length > 0 ? keys : keysOf(JITO_TIP_ACCOUNTS);
}

function keysOf(listed: unknown): Uint8Array[] {
  if (!Array.isArray(listed)) return [];
  return listed
    .map((text: unknown) => (typeof text === 'string' ? decodeBase58(text, 32) : undefined))
    .filter((key) => key !== undefined);
}
