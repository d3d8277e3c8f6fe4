import { callRpc } from '../chain/json-rpc.ts';
import { decodeBase58 } from '../../domain/shared/base58.ts';

/** Jito's own, as its documentation lists them: used when the block engine does not answer. */
const KNOWN_TIP_ACCOUNTS = [
  '96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5',
  'HFqU5x63VTqvQss8hp11i4wVV8bD44PvwucfZ2bU7gRe',
  'Cw8CFyM9FkoMi7K7Crf6HNQqf4uEMzpKw6QNghXLvLkY',
  'ADaUMid9yfUytqMBgopwjb2DTLSokTSzL1zt6iGPaS49',
  'DfXygSm4jCyNCybVYYK6DwvWqjKee8pbDmJGcLWNDXjh',
  'ADuUkR4vqLUMWXxW9gh6D6L8pMSawimctcNZ5pGwDcEt',
  'DttWaMuVvTiduZRnguLF7jNxTgiMBZ1hyAumKUiL2KRL',
  '3AVi9Tg9Uo68tJfuvoKvqKNWKkC5wPdSSdeBnizKZ6jT',
];

/** Accounts that tips may go to, as 32 bytes each; asked once, at start. */
export async function requestTipAccounts(jitoUrl: string): Promise<readonly Uint8Array[]> {
  const url = `${jitoUrl.replace(/\/$/, '')}/api/v1/getTipAccounts`;
  const listed = await callRpc<unknown>(url, 'getTipAccounts', []).catch(() => undefined);
  const keys = keysOf(listed);
  return keys.length > 0 ? keys : keysOf(KNOWN_TIP_ACCOUNTS);
}

function keysOf(listed: unknown): Uint8Array[] {
  if (!Array.isArray(listed)) return [];
  return listed
    .map((text: unknown) => (typeof text === 'string' ? decodeBase58(text, 32) : undefined))
    .filter((key) => key !== undefined);
}
