import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeLogLines } from '../../../cli/logs/describe-log-lines.ts';
import { readLogLines } from '../../../cli/logs/read-log-lines.ts';

const ID = 'r1-SOL-USDC-breakout-1746364620000';
const workflowId = `trade/SOL-USDC/${ID}`;
let folder = '';

const line = (time: number, process: string, msg: string, facts: object = {}): string =>
  JSON.stringify({ level: 30, time, process, signalId: ID, workflowId, ...facts, msg });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'overmind-logs-'));
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
  write('ingest.log', [
    line(1_000, 'ingest', 'candidate published', { screen: 'breakout' }),
    line(9_000, 'ingest', 'exit wanted', { reason: 'take-profit' }),
    JSON.stringify({
      level: 30,
      time: 2_000,
      process: 'ingest',
      signalId: 'another',
      msg: 'other',
    }),
  ]);
  write('trading.log', [
    line(3_000, 'trading', 'activity done', { activity: 'decide', reasons: ['a "good" one'] }),
    `{"level":30,"time":3500,"signalId":"${ID}","ms`, // Cut by a kill.
  ]);
  write('postgres.log', [`2026-01-01 LOG: statement about ${ID}`]);
  write('brain.log.1', [line(2_000, 'brain', 'opinion formed', { conviction: 0.82 })]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the log of one trade', () => {
  it('has the lines of all processes in the order of their times, and of no other trade', async () => {
    const lines = await readLogLines(folder, ID);
    expect(lines.map(({ process, message }) => `${process}: ${message}`)).toEqual([
      'ingest: candidate published',
      'brain: opinion formed',
      'trading: activity done',
      'ingest: exit wanted',
    ]);
    expect(lines[2]?.facts).toMatchObject({ activity: 'decide', workflowId });
  });

  it('reads as a table under the id of its workflow', async () => {
    const [heading, titles, first, , third] = describeLogLines(
      ID,
      await readLogLines(folder, ID),
    ).split('\n');
    expect(heading).toBe(workflowId);
    expect(titles).toMatch(/^time +process +level +event +facts$/);
    expect(first).toMatch(
      /^1970-01-01 00:00:01\.000Z +ingest +info +candidate published +screen=breakout$/,
    );
    expect(third).toMatch(/activity=decide reasons=\["a \\"good\\" one"\]$/);
  });

  it('says so where nobody wrote of it, and where there are no logs', async () => {
    expect(describeLogLines('r9', await readLogLines(folder, 'r9'))).toBe(
      'No process has written of r9.',
    );
    await expect(readLogLines(join(folder, 'nowhere'), ID)).rejects.toMatchObject({
      code: 'system/unreachable',
    });
  });
});
