import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** What the model and the tests load; everything else stays where it is. */
const COPIED = [
  ...['domain', 'hotpath', 'activities', 'adapters', 'config', 'workers', 'temporal', 'workflows'],
  ...['simnet', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'],
];

export type Copy = {
  readonly folder: string;
  /** Puts the mutant's text in the place of the guard. Throws where the guard is not found once. */
  apply(mutant: Mutant): void;
  restore(mutant: Mutant): void;
  remove(): void;
};

/** The product's own sources in a folder of their own, so that a guard can be taken out of them. */
export function copySources(): Copy {
  const folder = mkdtempSync(join(tmpdir(), 'overmind-mutant-'));
  for (const name of COPIED) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    apply({ name, file, guard, without }) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      const found = text.split(guard).length - 1;
      if (found !== 1) throw new Error(`${name}: its guard is found ${found} times in ${file}`);
      writeFileSync(
        join(folder, file),
        text.replace(guard, () => without),
      );
    },
    restore: ({ file }) => cpSync(join(ROOT, file), join(folder, file)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
