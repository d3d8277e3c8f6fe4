export type Repetition = {
  /** Does not wait for the pause to end. */
  wake(): void;
  /** Waits for the turn under way. */
  stop(): Promise<void>;
};

/**
 * One turn after the other, never two at once. A turn answers with the pause before the next one;
 * a turn that fails is told of and followed by the pause given here.
 */
export function repeat(
  turn: () => Promise<number>,
  pauseAfterFaultMs: number,
  onFault: (error: unknown) => void,
): Repetition {
  let stopping = false;
  let wake = (): void => undefined;
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const loop = async (): Promise<void> => {
    while (!stopping) {
      const pauseMs = await turn().catch((error: unknown) => {
        onFault(error);
        return pauseAfterFaultMs;
      });
      if (!stopping) await pause(pauseMs);
    }
  };
  const running = loop();
  return {
    wake: () => wake(),
    async stop() {
      stopping = true;
      wake();
      await running;
    },
  };
}
