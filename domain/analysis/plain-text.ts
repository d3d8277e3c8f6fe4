const LENGTH_MAX = 24;

/**
 * Text of strangers (names, symbols, memos) as a prompt or a log may carry it: compatibility forms
 * folded, then only letters that cannot hide, turn around or end anything. At most 24 of them.
 */
export function plainText(text: string): string {
  // Cut first: folding may make one character eighteen, and nobody bounds what strangers send.
  const folded = text.slice(0, LENGTH_MAX * 4).normalize('NFKC');
  return folded.replace(/[^A-Za-z0-9 ._-]/g, '').slice(0, LENGTH_MAX);
}
