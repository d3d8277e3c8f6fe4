export type HttpReply = {
  readonly status: number;
  readonly body: string;
  /** The server will close this connection after the reply. */
  readonly closes: boolean;
  /** Seconds or a date, as it was sent. */
  readonly retryAfter?: string;
};

export type HttpReplyParser = {
  /** Whole replies found in what has arrived so far. Throws on anything that is not HTTP/1.x. */
  push(chunk: Buffer): readonly HttpReply[];
  /** Something has arrived that is no whole reply yet. */
  isMidReply(): boolean;
};

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
/** Many times what any endpoint answers to a transaction: what is longer is not read to its end. */
const REPLY_BYTES_MAX = 65_536;

type Body = { readonly bytes: Buffer; readonly end: number };

/** Replies of one keep-alive connection: Content-Length, chunked, or without a body. */
export function createHttpReplyParser(): HttpReplyParser {
  let buffered: Buffer = Buffer.alloc(0);

  const next = (): HttpReply | undefined => {
    const headEnd = buffered.indexOf(HEAD_END);
    if (headEnd < 0) return undefined;
    const head = readHead(buffered.toString('latin1', 0, headEnd));
    const bodyStart = headEnd + HEAD_END.length;
    const body = head.chunked
      ? readChunked(buffered, bodyStart)
      : readSized(buffered, bodyStart, head.length);
    if (!body) return undefined;
    buffered = buffered.subarray(body.end);
    const { status, closes, retryAfter } = head;
    const text = body.bytes.toString('utf8');
    return { status, body: text, closes, ...(retryAfter === undefined ? {} : { retryAfter }) };
  };

  return {
    push(chunk) {
      buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
      // Before it is read: whether the last of it has come must make no difference.
      if (buffered.length > REPLY_BYTES_MAX) throw new Error('reply too long');
      const replies: HttpReply[] = [];
      for (let reply = next(); reply; reply = next()) {
        // 100 Continue and its kind announce the real reply.
        if (reply.status >= 200) replies.push(reply);
      }
      return replies;
    },
    isMidReply: () => buffered.length > 0,
  };
}

function readHead(text: string) {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const match = /^HTTP\/1\.([01]) (\d{3})/.exec(statusLine);
  if (!match) throw new Error('not an HTTP/1 reply');
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const status = Number(match[2]);
  const bodyless = status < 200 || status === 204 || status === 304;
  const chunked = !bodyless && /\bchunked\b/i.test(headers.get('transfer-encoding') ?? '');
  const length = headers.get('content-length') ?? '0';
  if (!/^\d{1,9}$/.test(length)) throw new Error('bad content-length');
  if (Number(length) > REPLY_BYTES_MAX) throw new Error('reply too long');
  // A body that only ends with the connection cannot be told from a cut one: it counts as empty.
  const unsized = !bodyless && !chunked && !headers.has('content-length');
  const connection = (headers.get('connection') ?? '').toLowerCase();
  const keepsByDefault = match[1] === '1';
  return {
    status,
    chunked,
    retryAfter: headers.get('retry-after'),
    length: bodyless ? 0 : Number(length),
    closes: unsized || (keepsByDefault ? connection === 'close' : connection !== 'keep-alive'),
  };
}

function readSized(from: Buffer, start: number, length: number): Body | undefined {
  const end = start + length;
  return from.length < end ? undefined : { bytes: from.subarray(start, end), end };
}

function readChunked(from: Buffer, start: number): Body | undefined {
  const parts: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = from.indexOf(LINE_END, at);
    if (lineEnd < 0) return undefined;
    const sizeText = from.toString('latin1', at, lineEnd).split(';')[0]?.trim() ?? '';
    if (!/^[0-9a-f]{1,7}$/i.test(sizeText)) throw new Error('bad chunk size');
    const size = parseInt(sizeText, 16);
    const dataStart = lineEnd + LINE_END.length;
    if (size === 0) {
      const end = trailerEnd(from, dataStart);
      return end === undefined ? undefined : { bytes: Buffer.concat(parts), end };
    }
    if (from.length < dataStart + size + LINE_END.length) return undefined;
    parts.push(from.subarray(dataStart, dataStart + size));
    at = dataStart + size + LINE_END.length;
  }
}

/** Past the trailer fields and the empty line that closes a chunked body. */
function trailerEnd(from: Buffer, start: number): number | undefined {
  let at = start;
  for (;;) {
    const lineEnd = from.indexOf(LINE_END, at);
    if (lineEnd < 0) return undefined;
    if (lineEnd === at) return lineEnd + LINE_END.length;
    at = lineEnd + LINE_END.length;
  }
}
