import { NativeConnection } from '@temporalio/worker';

/**
 * The connection of a worker. Clients that start workflows eagerly must share it. Compression only
 * costs time here: payloads are small and the server is near.
 */
export function connectNative(address: string): Promise<NativeConnection> {
  return NativeConnection.connect({ address, grpcCompression: { codec: 'none' } });
}
