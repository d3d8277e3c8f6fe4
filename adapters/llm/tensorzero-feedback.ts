import { OvermindError } from '../../domain/shared/errors.ts';

/** What a trade earned, under the episode that the gateway gave to its question. */
export type TradeFeedback = {
  readonly episodeId: string;
  /** Net of all costs, basis points of the cost. */
  readonly returnBps: number;
  readonly tags: Readonly<Record<string, string>>;
};

/** Rejects with `gateway/refused`; what the gateway has of it by then is unknown. */
export type SendFeedback = (feedback: TradeFeedback) => Promise<void>;

/** The metric that the gateway's configuration declares for whole episodes. */
const METRIC = 'pnl_bps';
const ANSWER_WITHIN_MS = 2_000;
const FAULT_LENGTH_MAX = 200;

/** `POST /feedback` of a TensorZero gateway: it needs a database of its own for it. */
export function createTensorZeroFeedback(gatewayUrl: string): SendFeedback {
  const url = `${gatewayUrl.replace(/\/$/, '')}/feedback`;
  return async ({ episodeId, returnBps, tags }) => {
    const fault = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ episode_id: episodeId, metric_name: METRIC, value: returnBps, tags }),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    }).then(
      async (response) => (response.ok ? undefined : `HTTP ${response.status}`),
      (error: unknown) => (error instanceof Error ? error.message : 'unknown'),
    );
    if (fault !== undefined) {
      throw new OvermindError('gateway/refused', { url, fault: fault.slice(0, FAULT_LENGTH_MAX) });
    }
  };
}
