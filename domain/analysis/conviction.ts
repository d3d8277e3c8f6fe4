/**
 * Earlier states that a new one is ranked among. Neighbours of a young memory are few, far and of
 * one mind; as it grows denser strengths fall, so a longer look back would rank against louder days.
 */
export const RANKED_STATES_MAX = 500;
/** Votes for the middle: among few earlier states nothing is certain. */
const MIDDLE_VOTES = 20;

/**
 * Share of earlier strengths that lie below this one, 0–1, equal ones counted half and the whole
 * pulled to the middle while there are few. So 0.7 means: stronger than about 70 % of what this
 * market has shown, whatever the market.
 */
export function rankAmong(strength: number, earlier: readonly number[]): number {
  let below = 0;
  for (const other of earlier) {
    if (other < strength) below += 1;
    else if (other === strength) below += 0.5;
  }
  return (below + MIDDLE_VOTES / 2) / (earlier.length + MIDDLE_VOTES);
}
