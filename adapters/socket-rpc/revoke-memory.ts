import { createSocketClient } from './client.ts';

/** Takes a memory's vote at once. False where the brain does not hold the memory. */
export async function revokeInBrain(port: number, id: string, timeoutMs: number): Promise<boolean> {
  const client = createSocketClient({ port });
  try {
    const { held } = await client.call<{ readonly held: boolean }>('revoke', { id }, timeoutMs);
    return held;
  } finally {
    client.close();
  }
}
