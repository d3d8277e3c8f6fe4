import type { Connection } from '@temporalio/client';
import { SearchAttributeType } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { OvermindError } from '../domain/shared/errors.ts';
import { connectTemporal } from './connection.ts';
import { NAMESPACE } from './ids.ts';
import { attributes } from './search-attributes.ts';

/** Numbers of `temporal.api.enums.v1.IndexedValueType`. */
const INDEXED_TYPE = {
  [SearchAttributeType.TEXT]: 1,
  [SearchAttributeType.KEYWORD]: 2,
  [SearchAttributeType.INT]: 3,
  [SearchAttributeType.DOUBLE]: 4,
  [SearchAttributeType.BOOL]: 5,
  [SearchAttributeType.DATETIME]: 6,
  [SearchAttributeType.KEYWORD_LIST]: 7,
} as const;

const RETENTION_DAYS = 30;
/** gRPC codes: the SDK hands the raw numbers on. */
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const LISTED_LIMIT_MS = 30_000;
const POLL_MS = 50;

/**
 * Makes the namespace and its search attributes where they are missing, and returns when they are
 * listed: a workflow that uses an attribute before that would retry its task for ever.
 */
export async function prepareNamespace(address: string): Promise<void> {
  const connection = await connectTemporal(address);
  try {
    await ensureNamespace(connection);
    const missing = await untilAnswered(() => missingAttributes(connection));
    if (missing.length > 0) {
      await connection.operatorService.addSearchAttributes({
        namespace: NAMESPACE,
        searchAttributes: Object.fromEntries(
          missing.map(({ name, type }) => [name, INDEXED_TYPE[type]]),
        ),
      });
    }
    await untilAnswered(async () => {
      const left = await missingAttributes(connection);
      if (left.length > 0)
        throw new Error(`not listed: ${left.map(({ name }) => name).join(', ')}`);
    });
  } finally {
    await connection.close();
  }
}

/** Names of the search attributes that are not registered. Rejects where the namespace is missing. */
export async function readMissingAttributes(connection: Connection): Promise<readonly string[]> {
  await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
  return (await missingAttributes(connection)).map(({ name }) => name);
}

async function ensureNamespace(connection: Connection): Promise<void> {
  const { workflowService } = connection;
  try {
    await workflowService.describeNamespace({ namespace: NAMESPACE });
    return;
  } catch (error) {
    if (codeOf(error) !== NOT_FOUND) throw error;
  }
  try {
    await workflowService.registerNamespace({
      namespace: NAMESPACE,
      workflowExecutionRetentionPeriod: msToTs(RETENTION_DAYS * 86_400_000),
    });
  } catch (error) {
    if (codeOf(error) !== ALREADY_EXISTS) throw error; // Another start was first.
  }
}

async function missingAttributes(
  connection: Connection,
): Promise<(typeof attributes)[keyof typeof attributes][]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace: NAMESPACE,
  });
  return Object.values(attributes).filter(({ name, type }) => {
    const listed = customAttributes?.[name];
    if (listed === undefined) return true;
    if (listed === INDEXED_TYPE[type]) return false;
    throw new OvermindError('server/failed', {
      server: 'temporal',
      fault: `search attribute ${name} has type ${listed}, wanted ${INDEXED_TYPE[type]} (${type})`,
    });
  });
}

/** A new namespace is known everywhere only after a moment; until then calls fail. */
async function untilAnswered<Result>(ask: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + LISTED_LIMIT_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof OvermindError || Date.now() >= deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function codeOf(error: unknown): number | undefined {
  const { code } = error as { readonly code?: unknown }; // gRPC errors carry a numeric code.
  return typeof code === 'number' ? code : undefined;
}
