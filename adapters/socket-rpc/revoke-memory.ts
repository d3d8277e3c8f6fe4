import { createSocketClient } from './client.ts';
import type { TcpAddress } from './server.ts';

/** Takes a memory's vote at once. False where the brain does not hold the memory. */
export async function revokeInBrain(
  brain: TcpAddress,
  id: string,
  timeoutMs: number,
): Promise<boolean> {
  const client = createSocketClient(brain);
  try {
    const { held } = await client.call<{ readonly held: boolean }>('revoke', { id }, timeoutMs);
    return held;
  } finally {
    client.close();
  }
}
