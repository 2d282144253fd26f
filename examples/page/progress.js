/**
 * Returns a `fetch` that reports how many bytes have arrived, and how many the responses so far have announced.
 * Loading requests the header of a file first and then all tensors at once, so the second number soon is final.
 *
 * @param {(received: number, announced: number) => void} report
 */
export function fetchWithProgress(report) {
  let received = 0;
  let announced = 0;
  return async (url, init) => {
    const response = await fetch(url, init);
    announced += Number(response.headers.get("content-length"));
    const count = new TransformStream({
      transform(chunk, controller) {
        received += chunk.byteLength;
        report(received, announced);
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body?.pipeThrough(count), response);
  };
}
