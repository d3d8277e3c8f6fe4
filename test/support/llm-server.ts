import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type LlmServer = {
  /** With its version, as a client wants it. */
  readonly url: string;
  /** Bodies of the requests so far. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
};

/** A server for what no well-behaved stand-in says: bytes, silence, refusals. */
export async function llmServer(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<LlmServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      asked.push(body);
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // It listens on TCP.
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A whole completion; `usage` as 1,000 tokens in and 100 out unless said. */
export function aCompletion(message: object, rest: object = {}): string {
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'small-model',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', ...message } }],
    usage: { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 },
    ...rest,
  });
}

export const saying =
  (body: string, status = 200, type = 'application/json') =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': type }).end(body);
  };
