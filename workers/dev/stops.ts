export type Stops = {
  readonly add: (name: string, stop: () => unknown) => void;
  run(): Promise<void>;
};

/** The last that was started is the first to stop. */
export function createStops(say: (line: string) => void): Stops {
  const stops: { readonly name: string; readonly stop: () => unknown }[] = [];
  return {
    add: (name, stop) => void stops.push({ name, stop }),
    async run() {
      if (stops.length > 0)
        say(
          `stopping ${stops
            .map(({ name }) => name)
            .toReversed()
            .join(', ')}`,
        );
      for (const { name, stop } of stops.toReversed()) {
        try {
          await stop();
        } catch (error) {
          say(`${name} did not stop cleanly: ${String(error)}`);
        }
      }
    },
  };
}
