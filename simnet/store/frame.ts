import { createHash } from 'node:crypto';

/** A piece of a file: whole and unharmed, or not there. */
export type Frame = {
  /** Rises by one from frame to frame of a log, over all its files. */
  readonly sequence: number;
  readonly body: Buffer;
};

const MAGIC = 0x464e5653; // "SVNF" in little endian.
const HEADER_BYTES = 16;
const HASH_BYTES = 32;

/* 0 magic · 4 length of all · 8 sequence · 16 body, then SHA-256 of all before it. */

export function encodeFrame(sequence: number, body: string | Uint8Array): Buffer {
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bytes + HASH_BYTES);
  frame.writeUInt32LE(MAGIC, 0);
  frame.writeUInt32LE(frame.length, 4);
  frame.writeDoubleLE(sequence, 8);
  if (typeof body === 'string') frame.write(body, HEADER_BYTES);
  else frame.set(body, HEADER_BYTES);
  hashOf(frame.subarray(0, HEADER_BYTES + bytes)).copy(frame, HEADER_BYTES + bytes);
  return frame;
}

export type FramesRead = {
  readonly frames: readonly Frame[];
  /** Where the next frame goes; anything after it is a torn tail. */
  readonly end: number;
  /** Why the file cannot be believed, where a torn tail does not explain what was found. */
  readonly damage: string | undefined;
};

/**
 * Reads up to the last whole frame. A killed process leaves at most one torn frame, the last, since
 * its writes reach the file in order. So a whole frame behind a harmed one proves damage.
 */
export function readFrames(file: Buffer, sequenceBefore: number): FramesRead {
  const frames: Frame[] = [];
  let end = 0;
  for (;;) {
    const found = frameAt(file, end);
    if (!found) break;
    const expected = sequenceBefore + frames.length + 1;
    if (found.frame.sequence !== expected) {
      const damage = `record ${found.frame.sequence} stands where ${expected} belongs`;
      return { frames, end, damage };
    }
    frames.push(found.frame);
    end += found.length;
  }
  const later = laterFrame(file, end + 1);
  const damage =
    later && `record ${sequenceBefore + frames.length + 1} is harmed, ${later.sequence} is whole`;
  return { frames, end, damage };
}

function frameAt(file: Buffer, at: number): { frame: Frame; length: number } | undefined {
  if (at + HEADER_BYTES + HASH_BYTES > file.length) return undefined;
  if (file.readUInt32LE(at) !== MAGIC) return undefined;
  const length = file.readUInt32LE(at + 4);
  if (length < HEADER_BYTES + HASH_BYTES || at + length > file.length) return undefined;
  const hashed = file.subarray(at, at + length - HASH_BYTES);
  if (!hashOf(hashed).equals(file.subarray(at + length - HASH_BYTES, at + length))) {
    return undefined;
  }
  const body = hashed.subarray(HEADER_BYTES);
  return { frame: { sequence: hashed.readDoubleLE(8), body }, length };
}

function laterFrame(file: Buffer, from: number): Frame | undefined {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC);
  for (let at = file.indexOf(magic, from); at >= 0; at = file.indexOf(magic, at + 1)) {
    const found = frameAt(file, at);
    if (found) return found.frame;
  }
  return undefined;
}

const hashOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
