import { Client } from '@temporalio/client';
import { Redis } from 'ioredis';
import type pg from 'pg';
import { connectTemporal } from '../../temporal/connection.ts';
import { NAMESPACE } from '../../temporal/ids.ts';
import type { Search } from './canaries.ts';

/** Every row of every table. */
export async function lookThroughLedger(search: Search, pool: pg.Pool): Promise<number> {
  const { rows: tables } = await pool.query<{ name: string }>(
    "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'",
  );
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t`);
    search.look(`table ${name}`, rows);
  }
  return tables.length;
}

/** Every key of the bus with all that it holds. */
export async function lookThroughBus(search: Search, url: string): Promise<number> {
  const bus = new Redis(url, { protocol: 2 });
  try {
    const keys = await bus.keys('*');
    for (const key of keys) {
      const type = await bus.type(key);
      search.look(`bus ${key}`, [key, type, await contentOf(bus, key, type)]);
    }
    return keys.length;
  } finally {
    bus.disconnect();
  }
}

function contentOf(bus: Redis, key: string, type: string): Promise<unknown> {
  if (type === 'stream') return bus.xrange(key, '-', '+');
  if (type === 'string') return bus.getBuffer(key);
  if (type === 'hash') return bus.hgetall(key);
  throw new Error(`${key} is a ${type}, which nobody here looks into`);
}

/** Every workflow as the Web UI shows it, and its whole history with its payloads. */
export async function lookThroughTemporal(search: Search, address: string): Promise<number> {
  const connection = await connectTemporal(address);
  try {
    const client = new Client({ connection, namespace: NAMESPACE });
    let workflows = 0;
    for await (const { workflowId, runId, memo, raw } of client.workflow.list()) {
      const handle = client.workflow.getHandle(workflowId, runId);
      search.look(`workflow ${workflowId}`, [memo, raw, await handle.fetchHistory()]);
      workflows += 1;
    }
    return workflows;
  } finally {
    await connection.close();
  }
}

const WRONG_BODIES = ['{', '{"market_data":1}', '[]', '{"reason":""}'];
const PATHS = ['/risk/validate', '/ai/analyze', '/control/approve', '/control/stop', '/nowhere'];

/** Every page of the API, and what it says to bad input with and without a token. */
export async function lookThroughApi(search: Search, url: string, token: string): Promise<number> {
  let answers = 0;
  const look = async (path: string, init: RequestInit): Promise<void> => {
    const response = await fetch(new URL(path, url), init);
    search.look(`API ${path}`, [[...response.headers], await response.text()]);
    answers += 1;
  };
  for (const path of ['/health', '/ready', '/metrics', '/openapi.json']) await look(path, {});
  for (const path of PATHS) {
    for (const body of WRONG_BODIES) {
      const headers = { 'content-type': 'application/json' };
      await look(path, { method: 'POST', headers, body });
      const authorization = `Bearer ${token}`;
      await look(path, { method: 'POST', headers: { ...headers, authorization }, body });
    }
  }
  return answers;
}
