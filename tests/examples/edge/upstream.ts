/** The server from which the edge service loads its autoencoder: it answers range requests and can be made to fail. */

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

  constructor(file: Uint8Array<ArrayBuffer>) {
    const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
    this.#server = Deno.serve(options, async (request) => {
      this.requests++;
      await this.ready;
      if (this.status !== undefined) return new Response(null, { status: this.status });
      const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("range") ?? "")!;
      const body = file.slice(Number(from), Number(last) + 1);
      this.sentBytes += body.length;
      const end = Number(from) + body.length - 1;
      const headers = { etag: '"1"', "content-range": `bytes ${from}-${end}/${file.length}` };
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
