import {
  METADATA_ENCODING_KEY,
  type DataConverter,
  type Payload,
  type PayloadCodec,
} from '@temporalio/common';
import proto from '@temporalio/proto';
import { createPayloadCipher } from './payload-cipher.ts';

export type PayloadSettings = {
  /** The first seals, all of them open; none: nothing is sealed. */
  readonly keys: readonly Buffer[];
  /** Whether Temporal's payloads are sealed as well. Those that are can be read either way. */
  readonly inTemporal: boolean;
};

export type Converting = { readonly dataConverter?: DataConverter };

/** For a client or a worker of Temporal. */
export const convertingOf = (settings: PayloadSettings): Converting =>
  settings.keys.length === 0
    ? {}
    : { dataConverter: { payloadCodecs: [createPayloadCodec(settings)] } };

/** The name that Temporal's own examples use, which its Web UI knows as unreadable. */
const ENCRYPTED = new TextEncoder().encode('binary/encrypted');
const ABOUT = 'payload';
const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/**
 * Seals what goes to Temporal (arguments, results, signals, updates, memos, summaries), so that
 * server and database hold ciphertext. Search attributes, ids and the messages of failures stay
 * readable. What is not sealed passes: a stop that is started by hand must reach its workflow.
 */
export function createPayloadCodec({ keys, inTemporal }: PayloadSettings): PayloadCodec {
  const cipher = createPayloadCipher(keys, 'temporal');
  const encoded = (payload: Payload): Payload => ({
    metadata: { [METADATA_ENCODING_KEY]: ENCRYPTED },
    data: cipher.seal(PayloadMessage.encode(payload).finish(), ABOUT),
  });
  const decoded = (payload: Payload): Payload =>
    isEncrypted(payload) ? PayloadMessage.decode(cipher.open(payload.data, ABOUT)) : payload;
  return {
    encode: async (payloads) => (inTemporal ? payloads.map(encoded) : payloads),
    decode: async (payloads) => payloads.map(decoded),
  };
}

function isEncrypted(payload: Payload): payload is Payload & { readonly data: Uint8Array } {
  const encoding = payload.metadata?.[METADATA_ENCODING_KEY];
  return Boolean(payload.data && encoding && Buffer.from(ENCRYPTED).equals(encoding));
}
