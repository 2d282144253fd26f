/** A local server that gives ranges of one file, counts what it sends, and can be told to misbehave. */

/** What was asked of the server. */
export interface SeenRequest {
  readonly range: string | null;
  readonly headers: Headers;
  /** Bytes of the body that was sent. */
  readonly sent: number;
}

/** How an answer differs from the right one. */
export interface Misbehaviour {
  readonly status?: number;
  readonly headers?: Record<string, string | undefined>;
  readonly body?: BodyInit;
}

/** A server of one file. */
export class RangeServer implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  /** The file; it may be replaced between requests. */
  file: Uint8Array<ArrayBuffer>;
  etag: string | undefined = '"1"';
  lastModified: string | undefined;
  ranges = true;
  /** Changes the answer to the request of this number, counted from 0. */
  misbehave: (request: number, range: string | null) => Misbehaviour | undefined = () => undefined;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(file: Uint8Array) {
    this.file = file.slice();
    this.#server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
      return this.#answer(request);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/sae.safetensors?signature=secret`;
  }

  /** What errors call the file. */
  get name(): string {
    return this.url.split("?")[0];
  }

  get sentBytes(): number {
    return this.seen.reduce((sum, { sent }) => sum + sent, 0);
  }

  #answer(request: Request): Response {
    const range = this.ranges ? request.headers.get("range") : null;
    const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? [];
    const size = this.file.length;
    const start = Number(from ?? 0);
    const end = Math.min(Number(last ?? size - 1) + 1, size);
    const headers = new Headers();
    if (this.etag) headers.set("etag", this.etag);
    if (this.lastModified) headers.set("last-modified", this.lastModified);
    let status = 200;
    let body: BodyInit = this.file.slice(start, end);
    if (range !== null) {
      const possible = start < size;
      status = possible ? 206 : 416;
      headers.set("content-range", `bytes ${possible ? `${start}-${end - 1}` : "*"}/${size}`);
      if (!possible) body = "";
    }
    const wrong = this.misbehave(this.seen.length, range) ?? {};
    for (const [name, value] of Object.entries(wrong.headers ?? {})) {
      if (value === undefined) headers.delete(name);
      else headers.set(name, value);
    }
    body = wrong.body ?? body;
    const sent = body instanceof Uint8Array ? body.length : 0;
    this.seen.push({ range: request.headers.get("range"), headers: request.headers, sent });
    return new Response(body, { status: wrong.status ?? status, headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
