import { defineConfig } from 'vitest/config';

const filesOf = (...folders: readonly string[]) =>
  folders.map((folder) => `test/${folder}/**/*.test.ts`);

const everywhere = {
  pool: 'forks' as const,
  // Temporal's SDK loads the payload converter by path, and tests fork processes: both need tsx.
  execArgv: ['--import', 'tsx'],
};

/** Each file starts real servers: two files at a time would fight them for two cores. */
const oneAtATime = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...everywhere,
          name: 'in-process',
          include: filesOf('unit', 'replay'),
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...everywhere,
          ...oneAtATime,
          name: 'with-servers',
          include: filesOf('contract', 'integration', 'e2e'),
          sequence: { groupOrder: 2 },
          // Real servers on a busy machine may be late once. `npm test` names what passed only then.
          retry: 1,
        },
      },
      {
        // What is lost or doubled here is so at the first time.
        test: {
          ...everywhere,
          ...oneAtATime,
          name: 'crash',
          include: filesOf('crash'),
          sequence: { groupOrder: 3 },
        },
      },
      {
        // Not part of `npm test`: it fetches a model.
        test: { ...everywhere, name: 'local-model', include: filesOf('local-model') },
      },
    ],
  },
});
