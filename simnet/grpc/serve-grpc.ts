import { Server, ServerCredentials } from '@grpc/grpc-js';
import { SearcherServiceService } from 'jito-ts/dist/gen/block-engine/searcher.js';
import { createBundleResults } from './bundle-results.ts';
import { createSearcherService, type SearcherDeps } from './searcher-service.ts';

export type ServeGrpcOptions = Omit<SearcherDeps, 'results' | 'port'> & {
  readonly host: string;
  readonly port: number;
};

export type ServedGrpc = { readonly address: string; readonly close: () => void };

/** The block engine's gRPC service, without TLS. */
export async function serveGrpc({ host, port, ...deps }: ServeGrpcOptions): Promise<ServedGrpc> {
  const server = new Server();
  let listening = port;
  const results = createBundleResults(deps.chain);
  server.addService(
    SearcherServiceService,
    createSearcherService({ ...deps, results, port: () => listening }),
  );
  listening = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${listening}`, close: () => server.forceShutdown() };
}
