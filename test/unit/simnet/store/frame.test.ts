import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, readFrames } from '../../../../simnet/store/frame.ts';

const bodies = fc.array(fc.uint8Array({ maxLength: 60 }), { minLength: 1, maxLength: 5 });
const fileOf = (all: readonly Uint8Array[], before = 0): Buffer =>
  Buffer.concat(all.map((body, index) => encodeFrame(before + index + 1, body)));
const bodiesIn = (file: Buffer, before = 0): readonly string[] =>
  readFrames(file, before).frames.map(({ body }) => body.toString('hex'));
const hex = (all: readonly Uint8Array[]) => all.map((body) => Buffer.from(body).toString('hex'));

describe('frames of a log', () => {
  it('are read as they were written, wherever the count stood', () => {
    fc.assert(
      fc.property(bodies, fc.nat(2 ** 31), (all, before) => {
        const file = fileOf(all, before);
        const { frames, end, damage } = readFrames(file, before);
        expect(frames.map(({ sequence }) => sequence)).toEqual(
          all.map((_, index) => before + index + 1),
        );
        expect(bodiesIn(file, before)).toEqual(hex(all));
        expect({ end, damage }).toEqual({ end: file.length, damage: undefined });
      }),
    );
  });

  it('end before a torn one, at whichever byte it was torn', () => {
    const all = ['first', 'second', '', 'the third is the longest of them'].map(Buffer.from);
    const file = fileOf(all);
    const ends = all.map((_, index) => fileOf(all.slice(0, index + 1)).length);
    for (let cut = 0; cut <= file.length; cut += 1) {
      const { frames, end, damage } = readFrames(file.subarray(0, cut), 0);
      const whole = ends.filter((at) => at <= cut);
      expect(frames).toHaveLength(whole.length);
      expect({ end, damage }).toEqual({ end: whole.at(-1) ?? 0, damage: undefined });
    }
  });

  it('are never read otherwise than written: a flipped bit is damage, or cuts the last one', () => {
    const all = ['alpha', 'beta', 'gamma'].map(Buffer.from);
    const file = fileOf(all);
    const lastAt = fileOf(all.slice(0, -1)).length;
    for (let bit = 0; bit < file.length * 8; bit += 1) {
      const flipped = Buffer.from(file);
      const at = Math.floor(bit / 8);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit % 8));
      const { frames, damage } = readFrames(flipped, 0);
      const read = frames.map(({ body }) => body.toString());
      expect(['alpha', 'beta', 'gamma'].slice(0, read.length)).toEqual(read);
      expect(read.length).toBeLessThan(3);
      // Only the last frame's harm can pass for a kill; all before it has a whole one behind it.
      expect(damage !== undefined, `bit ${bit}`).toBe(at < lastAt);
    }
  });

  it('must follow each other without a hole, a repetition or another beginning', () => {
    const [one, two, three] = [1, 2, 3].map((n) => encodeFrame(n, `body ${n}`));
    expect(readFrames(Buffer.concat([one!, three!]), 0).damage).toMatch(/3 stands where 2/);
    expect(readFrames(Buffer.concat([one!, one!]), 0).damage).toMatch(/1 stands where 2/);
    expect(readFrames(Buffer.concat([two!, three!]), 0).damage).toMatch(/2 stands where 1/);
    expect(readFrames(Buffer.concat([two!, three!]), 1).damage).toBeUndefined();
  });
});
