import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { DaySpent, SpendStore } from './daily-spend.ts';

const spentSchema = z.strictObject({ day: z.int().min(0), microUsd: z.int().min(0) });

/**
 * What a day has cost, in a file that outlives the process. Synchronous on purpose: a request must
 * not be on its way before its worst case is written down.
 */
export function createSpendFile(path: string): SpendStore {
  return {
    read() {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch (error) {
        return isMissing(error) ? undefined : 'unreadable';
      }
      return parseSpent(text) ?? 'unreadable';
    },
    write(spent) {
      try {
        writeFileSync(`${path}.new`, JSON.stringify(spent), { mode: 0o600 });
        renameSync(`${path}.new`, path);
        return true;
      } catch {
        return false; // A full disk; whoever asked decides what that means.
      }
    },
  };
}

function parseSpent(text: string): DaySpent | undefined {
  try {
    return spentSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
