import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';
import { jsonAnswer } from '../problem.ts';
import { post, type GetRoute, type PostRoute } from '../serve.ts';

/** A page of a long history; one payload of Temporal itself has 2 MB at most. */
const BYTES_MAX = 8_388_608;
const PAYLOADS_MAX = 10_000;

const base64 = z.string().regex(/^[\w+/-]*={0,2}$/, 'base64');
const payload = z.object({
  metadata: z.record(z.string(), base64).default({}),
  data: base64.default(''),
});
/** Of Temporal's codec protocol; fields that it may grow are let through unread. */
const request = z.object({ payloads: z.array(payload).max(PAYLOADS_MAX) });

type WirePayload = z.output<typeof payload>;

/**
 * What the Web UI and Temporal's own command line open sealed payloads with, and seal what a person
 * types. Whoever may ask reads every trade, so it wants a token of its own scope.
 */
export function codecRoutes(
  codec: PayloadCodec,
  origins: readonly string[],
): Readonly<Record<'/codec' | '/codec/decode' | '/codec/encode', GetRoute | PostRoute>> {
  const converting = (summary: string, convert: PayloadCodec['decode']): PostRoute =>
    post({
      ...{ scopes: ['decode'], isUnlimited: true, bodyBytesMax: BYTES_MAX, origins, summary },
      schema: request,
      answers: request,
      async handle({ payloads }) {
        const converted = await convert(payloads.map(payloadOf));
        return jsonAnswer(200, { payloads: converted.map(wireOf) });
      },
    });
  return {
    // Where a browser is asked for the token, which it then sends by itself.
    '/codec': {
      ...{ method: 'GET', scopes: ['decode'], origins },
      handle: () => jsonAnswer(200, { codec: 'this browser may open sealed payloads now' }),
    },
    '/codec/decode': converting("Opens payloads of Temporal's histories.", codec.decode),
    '/codec/encode': converting('Seals payloads for Temporal.', codec.encode),
  };
}

const payloadOf = ({ metadata, data }: WirePayload): Payload => ({
  metadata: Object.fromEntries(
    Object.entries(metadata).map(([name, text]) => [name, Buffer.from(text, 'base64')]),
  ),
  data: Buffer.from(data, 'base64'),
});

const wireOf = ({ metadata, data }: Payload): WirePayload => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, bytes]) => [name, textOf(bytes)]),
  ),
  data: textOf(data ?? new Uint8Array()),
});

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Of the Web UI. A browser on this host knows it by two names. */
export function originsOf(webUi: string | undefined): readonly string[] {
  if (webUi === undefined) return [];
  const { origin, hostname } = new URL(webUi);
  const other = { localhost: '127.0.0.1', '127.0.0.1': 'localhost' }[hostname];
  return other === undefined ? [origin] : [origin, origin.replace(hostname, other)];
}
