/** Answers by the hash of their prompt. The oldest one makes room. */
export type AnswerCache<Answer> = {
  find(promptHash: string): Answer | undefined;
  keep(promptHash: string, answer: Answer): void;
};

/** At two kilobytes each. */
const ANSWERS_MAX = 1_000;

export function createAnswerCache<Answer>(): AnswerCache<Answer> {
  const answers = new Map<string, Answer>();
  return {
    find: (promptHash) => answers.get(promptHash),
    keep(promptHash, answer) {
      answers.delete(promptHash);
      answers.set(promptHash, answer);
      const [oldest] = answers.keys();
      if (answers.size > ANSWERS_MAX && oldest !== undefined) answers.delete(oldest);
    },
  };
}
