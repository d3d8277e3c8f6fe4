/** How a transaction is put to an endpoint. */
export type SendMethod = 'jito-bundle' | 'jito-transaction' | 'rpc';

export type PreparedRequest = {
  readonly bytes: Buffer;
  /** Where the base64 text of the transaction goes. */
  readonly base64Start: number;
};

// The base64 option is not optional: Jito's default is deprecated base58.
const BODIES: Readonly<Record<SendMethod, readonly [before: string, after: string]>> = {
  'jito-bundle': [
    '{"jsonrpc":"2.0","id":1,"method":"sendBundle","params":[["',
    '"],{"encoding":"base64"}]}',
  ],
  'jito-transaction': [
    '{"jsonrpc":"2.0","id":1,"method":"sendTransaction","params":["',
    '",{"encoding":"base64"}]}',
  ],
  // Without maxRetries 0 the node goes on sending after a halt.
  rpc: [
    '{"jsonrpc":"2.0","id":1,"method":"sendTransaction","params":["',
    '",{"encoding":"base64","skipPreflight":true,"maxRetries":0}]}',
  ],
};

const PATHS: Readonly<Record<SendMethod, string>> = {
  'jito-bundle': '/api/v1/bundles',
  'jito-transaction': '/api/v1/transactions',
  rpc: '',
};

/** The whole request for a transaction of this length, but for its base64 text. */
export function prepareRequest(url: URL, method: SendMethod, wireLength: number): PreparedRequest {
  const base64Length = Math.ceil(wireLength / 3) * 4;
  const [before, after] = BODIES[method];
  const head = headOf(url, method, before.length + base64Length + after.length);
  const bytes = Buffer.from(head + before + 'A'.repeat(base64Length) + after, 'latin1');
  return { bytes, base64Start: head.length + before.length };
}

/** A small question that keeps a connection warm. */
export function pingRequest(url: URL, method: SendMethod): Buffer {
  const asked = method === 'rpc' ? 'getHealth' : 'getTipAccounts';
  const body = `{"jsonrpc":"2.0","id":0,"method":"${asked}","params":[]}`;
  return Buffer.from(headOf(url, method, body.length, pingPath(method)) + body, 'latin1');
}

function pingPath(method: SendMethod): string {
  return method === 'rpc' ? PATHS.rpc : '/api/v1/getTipAccounts';
}

function headOf(url: URL, method: SendMethod, length: number, path = PATHS[method]): string {
  const base = url.pathname.replace(/\/$/, '');
  const target = `${base}${path}${url.search}` || '/';
  return [
    `POST ${target.startsWith('/') ? target : `/${target}`} HTTP/1.1`,
    `Host: ${url.host}`,
    'Connection: keep-alive',
    'Content-Type: application/json',
    `Content-Length: ${length}`,
    '\r\n',
  ].join('\r\n');
}
