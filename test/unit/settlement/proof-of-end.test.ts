import { describe, expect, it } from 'vitest';
import type { ChainHeight, OriginStatuses } from '../../../domain/settlement/chain-reader.ts';
import {
  executedStatus,
  isPast,
  isProvenDead,
  lastHeightOf,
} from '../../../domain/settlement/proof-of-end.ts';

const SIGNATURE = 'ours';
const LAST_HEIGHT = 500;
const origins = ['one', 'two'];

const at = (origin: string, height: number, slot = height + 1_000): ChainHeight => ({
  origin,
  height,
  slot,
});
const silence = (origin: string, slot: number): OriginStatuses => ({ origin, slot, found: [] });
const seen = (
  origin: string,
  commitment: 'processed' | 'confirmed' | 'finalized',
  error?: string,
): OriginStatuses => ({
  origin,
  slot: 1_502,
  found: [{ signature: SIGNATURE, slot: 1_490, commitment, ...(error ? { error } : {}) }],
});

const beyond = [at('one', 501), at('two', 501)];
const silent = [silence('one', 1_501), silence('two', 1_501)];
const dead = (change: Partial<Parameters<typeof isProvenDead>[2]>): boolean =>
  isProvenDead(SIGNATURE, LAST_HEIGHT, { origins, heights: beyond, statuses: silent, ...change });

describe('proof that a transaction is dead', () => {
  it('is every origin one block beyond its last height, and no status after that', () => {
    expect(dead({})).toBe(true);
  });

  it.each([
    ['an origin is only at the height', { heights: [at('one', 501), at('two', 500)] }],
    ['an origin lags behind', { heights: [at('one', 501), at('two', 420)] }],
    ['an origin told no height', { heights: [at('one', 501)] }],
    ['an origin did not answer for the signature', { statuses: [silence('one', 1_501)] }],
    [
      'a null came from before the height',
      { statuses: [silence('one', 1_501), silence('two', 1_500)] },
    ],
    [
      'one origin has it, merely processed',
      { statuses: [silence('one', 1_501), seen('two', 'processed')] },
    ],
    ['both have it', { statuses: [seen('one', 'finalized'), seen('two', 'finalized')] }],
    ['there is one origin', { origins: ['one'] }],
    ['two addresses are one origin', { origins: ['one', 'one'] }],
    ['there is none', { origins: [], heights: [], statuses: [] }],
  ])('is missing while %s', (_why, change) => {
    expect(dead(change)).toBe(false);
  });

  it('does not mind what else an origin knows', () => {
    const other = { signature: 'another', slot: 1_490, commitment: 'finalized' as const };
    expect(dead({ statuses: [silent[0]!, { ...silent[1]!, found: [other] }] })).toBe(true);
  });
});

describe('the last height of a permit', () => {
  it('is its transaction’s own, or one blockhash life after the permit’s', () => {
    expect(lastHeightOf({ validUntilHeight: 400 }, 520)).toBe(520);
    expect(lastHeightOf({ validUntilHeight: 400 }, undefined)).toBe(550);
    expect(isPast(550, { origins, heights: [at('one', 551), at('two', 551)] })).toBe(true);
    expect(isPast(550, { origins, heights: [at('one', 551), at('two', 550)] })).toBe(false);
  });
});

describe('the status of an executed transaction', () => {
  it.each([
    ['confirmed', 'processed', false],
    ['confirmed', 'confirmed', true],
    ['confirmed', 'finalized', true],
    ['finalized', 'confirmed', false],
    ['finalized', 'finalized', true],
  ] as const)('at %s counts %s: %s', (wanted, has, counts) => {
    const status = executedStatus(SIGNATURE, [silence('one', 1_502), seen('two', has)], wanted);
    expect(status !== undefined).toBe(counts);
  });

  it('is unknown while origins differ on its end', () => {
    const statuses = [seen('one', 'confirmed'), seen('two', 'confirmed', 'Custom 1')];
    expect(executedStatus(SIGNATURE, statuses, 'confirmed')).toBeUndefined();
    const agreed = [seen('one', 'confirmed', 'Custom 1'), seen('two', 'confirmed', 'Custom 1')];
    expect(executedStatus(SIGNATURE, agreed, 'confirmed')?.error).toBe('Custom 1');
  });
});
