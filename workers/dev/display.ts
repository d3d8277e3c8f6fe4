import type { TradeLine } from '../../adapters/ledger/trade-list.ts';
import { renderFrame, statusLine, tradeNews, type FrameView } from './live-frame.ts';

export type Display = {
  show(view: FrameView): void;
  /** A line that stays. */
  say(line: string): void;
};

const WIDTH = { least: 60, unknown: 120 };
/** Headless: a status line this often, trades as they change. */
const STATUS_EVERY_MS = 10_000;
const CLEAR_BELOW = '\x1b[J';
const up = (lines: number): string => (lines > 0 ? `\x1b[${lines}F` : '');

type Output = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'isTTY'>;

/** The live table where there is a terminal, log lines everywhere else. */
export function createDisplay(output: Output, headless: boolean): Display {
  return headless || !output.isTTY ? createLines(output) : createTable(output);
}

/** Redrawn in place; what was said before stays above it. */
function createTable(output: Output): Display {
  let drawn = 0;
  let last: FrameView | undefined;
  const draw = (view: FrameView): void => {
    const width = Math.max(WIDTH.least, output.columns || WIDTH.unknown);
    const lines = renderFrame(view, width);
    output.write(`${up(drawn)}${CLEAR_BELOW}${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  return {
    show(view) {
      last = view;
      draw(view);
    },
    say(line) {
      output.write(`${up(drawn)}${CLEAR_BELOW}${line}\n`);
      drawn = 0;
      if (last) draw(last);
    },
  };
}

function createLines(output: Output): Display {
  const told = new Map<string, string>();
  let statusAtMs = -Infinity;
  const say = (line: string): void => void output.write(`${line}\n`);
  const isNews = ({ signalId, stage }: TradeLine): boolean => {
    if (told.get(signalId) === stage) return false;
    told.set(signalId, stage);
    return true;
  };
  return {
    say,
    show(view) {
      for (const trade of view.trades.toReversed()) {
        if (isNews(trade)) say(tradeNews(trade, view.quote));
      }
      if (view.elapsedMs - statusAtMs < STATUS_EVERY_MS) return;
      statusAtMs = view.elapsedMs;
      say(statusLine(view));
    },
  };
}
