/** What the environment sets. */
export interface Settings {
  /** Where the autoencoder is: a file of any format that `loadSae` reads. */
  readonly url: string;
  /** How many of its latents to load, from the first; all by default. */
  readonly prefix: number | undefined;
  /** What raw rows are multiplied by, for the autoencoders that need it. */
  readonly inputScale: number | undefined;
  readonly limits: Limits;
}

/** What requests may ask for. */
export interface Limits {
  /** Rows of a request. */
  readonly maxRows: number;
  /** Bytes of a request's body. */
  readonly maxBytes: number;
  /** Bytes of the bodies of all requests in flight. */
  readonly maxBytesInFlight: number;
  /** Seconds that loading the autoencoder may take. */
  readonly loadSeconds: number;
}

/**
 * Reads `SAE_URL`, `PREFIX`, `INPUT_SCALE`, `MAX_ROWS`, `MAX_BYTES`, `MAX_BYTES_IN_FLIGHT` and
 * `LOAD_SECONDS`; anything else is left alone.
 *
 * @throws {RangeError} where one is missing or makes no sense.
 */
export function readSettings(environment: Readonly<Record<string, unknown>>): Settings {
  const read = (name: string, pattern: RegExp, wanted: string): number | undefined => {
    const given = environment[name];
    if (given === undefined || given === "") return undefined;
    const value = Number(given);
    if (pattern.test(String(given)) && value > 0) return value;
    throw new RangeError(`Cannot start: ${name} must be ${wanted} but is "${given}"`);
  };
  const whole = (name: string) => read(name, /^\d{1,10}$/, "a whole number from 1 on");
  const maxBytesInFlight = whole("MAX_BYTES_IN_FLIGHT") ?? 32 * 2 ** 20;
  return {
    url: checkUrl(environment.SAE_URL),
    prefix: whole("PREFIX"),
    inputScale: read("INPUT_SCALE", /^\d*\.?\d+(e-?\d+)?$/i, "a positive number"),
    limits: {
      maxRows: whole("MAX_ROWS") ?? 1024,
      // A larger one would be told to come back for ever.
      maxBytes: Math.min(whole("MAX_BYTES") ?? 4 * 2 ** 20, maxBytesInFlight),
      maxBytesInFlight,
      loadSeconds: whole("LOAD_SECONDS") ?? 20,
    },
  };
}

function checkUrl(given: unknown): string {
  const url = URL.parse(String(given));
  if (url?.protocol === "https:" || url?.protocol === "http:") return url.href;
  // The value may hold a secret, and the message is sent to clients.
  const found = given === undefined || given === "" ? "missing" : "not one";
  throw new RangeError(`Cannot start: SAE_URL must be an http or https address but is ${found}`);
}
