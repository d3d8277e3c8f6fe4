/** How a transaction is put to an endpoint. */
export type SendMethod = 'jito-bundle' | 'jito-transaction' | 'helius-sender' | 'rpc';

export type PreparedRequest = {
  readonly bytes: Buffer;
  /** Where the base64 text of the transaction goes. */
  readonly base64Start: number;
};

/** Of every transaction: a connection carries one at a time. */
export const REQUEST_ID = 1;

const call = (method: string): string =>
  `{"jsonrpc":"2.0","id":${REQUEST_ID},"method":"${method}","params":`;
// Without maxRetries 0 the node goes on sending after a halt. Sender takes nothing else.
const SEND_ONCE = '",{"encoding":"base64","skipPreflight":true,"maxRetries":0}]}';

// The base64 option is not optional: Jito's default is deprecated base58.
const BODIES: Readonly<Record<SendMethod, readonly [before: string, after: string]>> = {
  'jito-bundle': [`${call('sendBundle')}[["`, '"],{"encoding":"base64"}]}'],
  'jito-transaction': [`${call('sendTransaction')}["`, '",{"encoding":"base64"}]}'],
  'helius-sender': [`${call('sendTransaction')}["`, SEND_ONCE],
  rpc: [`${call('sendTransaction')}["`, SEND_ONCE],
};

const PATHS: Readonly<Record<SendMethod, string>> = {
  'jito-bundle': '/api/v1/bundles',
  'jito-transaction': '/api/v1/transactions',
  'helius-sender': '/fast',
  rpc: '',
};

/** The whole request for a transaction of this length, but for its base64 text. */
export function prepareRequest(url: URL, method: SendMethod, wireLength: number): PreparedRequest {
  const base64Length = Math.ceil(wireLength / 3) * 4;
  const [before, after] = BODIES[method];
  const head = postHead(url, PATHS[method], before.length + base64Length + after.length);
  const bytes = Buffer.from(head + before + 'A'.repeat(base64Length) + after, 'latin1');
  return { bytes, base64Start: head.length + before.length };
}

/** A small question that keeps a connection warm. */
export function pingRequest(url: URL, method: SendMethod): Buffer {
  if (method === 'helius-sender') return Buffer.from(headOf('GET', url, '/ping'), 'latin1');
  const [asked, path] =
    method === 'rpc' ? ['getHealth', ''] : ['getTipAccounts', '/api/v1/getTipAccounts'];
  const body = `{"jsonrpc":"2.0","id":0,"method":"${asked}","params":[]}`;
  return Buffer.from(postHead(url, path, body.length) + body, 'latin1');
}

function postHead(url: URL, path: string, length: number): string {
  return headOf('POST', url, path, ['Content-Type: application/json', `Content-Length: ${length}`]);
}

function headOf(verb: string, url: URL, path: string, headers: readonly string[] = []): string {
  const base = url.pathname.replace(/\/$/, '');
  const target = `${base}${path}${url.search}` || '/';
  return [
    `${verb} ${target.startsWith('/') ? target : `/${target}`} HTTP/1.1`,
    `Host: ${url.host}`,
    'Connection: keep-alive',
    ...headers,
    '\r\n',
  ].join('\r\n');
}
