/** An error that is sent to the client: a status, and a message that says what is wrong. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }

  /** Returns a response with the body `{"error": message}`. */
  response(): Response {
    return Response.json({ error: this.message }, { status: this.status, headers: this.headers });
  }
}
