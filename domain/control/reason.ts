/** What the executor's journal keeps of it. */
export const REASON_LENGTH_MAX = 1_000;

/** Characters that end a line, hide, or turn the text around them: a log and an audit must not. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;

/** The reason as it is kept, or undefined where it is empty, too long or not plain text. */
export function readReason(text: string): string | undefined {
  const reason = text.trim();
  if (reason === '' || reason.length > REASON_LENGTH_MAX) return undefined;
  return UNPRINTABLE.test(reason) ? undefined : reason;
}

export const REASON_WANTED = `1 to ${REASON_LENGTH_MAX} printable characters`;
