import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startSimnet } from '../../support/simnet.ts';

const MAIN = fileURLToPath(new URL('../../../simnet/main.ts', import.meta.url));
const NODE_FLAGS = ['--import', 'tsx'];

describe('the simnet process', () => {
  it('ends when its supervisor’s channel closes', async () => {
    const child = fork(MAIN, ['--port', '0', '--port2', '0', '--slot-ms', '50'], {
      execArgv: NODE_FLAGS,
      stdio: 'ignore',
    });
    const [message] = (await once(child, 'message')) as [Record<string, unknown>];
    expect(message).toMatchObject({ kind: 'ready', process: 'simnet', slotMs: 50 });
    child.disconnect();
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
  });

  it.each([
    ['--slot-ms', '5', /--slot-ms: got 5/],
    ['--port', 'http', /--port: got http/],
    ['--program', 'x', /--program: got x/],
    ['--nonsense', 'x', /nonsense/],
  ])('names a flag it cannot use: %s %s', async (flag, value, said) => {
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile('node', [...NODE_FLAGS, MAIN, flag, value], (error, _, text) => {
        resolve({ code: error?.code, stderr: text });
      });
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(said);
  });

  it('answers pipelined requests on one raw warm socket, each with its length', async () => {
    const simnet = await startSimnet({ slotMs: 50 });
    const socket = connect(Number(new URL(simnet.url).port), '127.0.0.1');
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'getHealth' });
    const request = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.write(request + request + request);
    const answered = () => text.split('"result":"ok"').length - 1;
    while (answered() < 3) await once(socket, 'data');
    expect(text.match(/content-length: \d+/gi)).toHaveLength(3);
    expect(text).toMatch(/connection: keep-alive/i);
    socket.destroy();
    await simnet.stop();
  });
});
