/** Advice takes 200 bytes. A server that sends without end must not fill our memory. */
const REPLY_BYTES_MAX = 65_536;

/** `fetch` whose reply ends with an error beyond its limit, and which follows nobody elsewhere. */
export async function boundedFetch(
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const response = await fetch(input, { ...init, redirect: 'error' });
  if (!response.body) return response;
  let bytes = 0;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes <= REPLY_BYTES_MAX) controller.enqueue(chunk);
      else controller.error(new Error(`reply beyond ${REPLY_BYTES_MAX} bytes`));
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(limit), { status, statusText, headers });
}
