/** The server from which the edge service loads its autoencoder: it answers range requests and can be made to fail. */

/** Bytes that are read from a file at a time. */
const PIECE_BYTES = 65536;

/** A local server with one file. */
export class Upstream implements AsyncDisposable {
  /** Bytes sent since the start. */
  sentBytes = 0;
  /** Requests since the start. */
  requests = 0;
  /** The status of all answers, if they are to fail. */
  status: number | undefined;
  /** A promise that every answer waits for. */
  ready: Promise<void> = Promise.resolve();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** @param file The bytes of the file, or its path. */
  constructor(file: Uint8Array<ArrayBuffer> | string) {
    const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
    this.#server = Deno.serve(options, async (request) => {
      this.requests++;
      await this.ready;
      if (this.status !== undefined) return new Response(null, { status: this.status });
      const size = typeof file === "string" ? (await Deno.stat(file)).size : file.length;
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "")!;
      const from = Number(first);
      const to = Math.min(Number(last) + 1, size);
      this.sentBytes += to - from;
      const headers = {
        etag: '"1"',
        "content-range": `bytes ${from}-${to - 1}/${size}`,
        "content-length": `${to - from}`,
      };
      const body = typeof file === "string"
        ? ReadableStream.from(pieces(file, from, to))
        : file.slice(from, to);
      return new Response(body, { status: 206, headers });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/sae.safetensors?signature=secret`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Reads the bytes `from … to − 1` of a file. */
async function* pieces(path: string, from: number, to: number): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path);
  await file.seek(from, Deno.SeekMode.Start);
  while (from < to) {
    const bytes = new Uint8Array(Math.min(PIECE_BYTES, to - from));
    const count = await file.read(bytes);
    if (count === null) return;
    from += count;
    yield bytes.subarray(0, count);
  }
}
