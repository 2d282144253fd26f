/** The settings from the environment. */
export interface Settings {
  /** The address of the autoencoder: a file in any format that `loadSae` reads. */
  readonly url: string;
  /** How many latents to load, from the first; all by default. */
  readonly prefix: number | undefined;
  /** The factor for raw rows, for autoencoders that need one. */
  readonly inputScale: number | undefined;
  /** Whether the encoder screens: see `ScreeningOption`. */
  readonly screening: "auto" | "on" | "off" | undefined;
  /** The origins whose pages may call the service, or "*"; none by default. */
  readonly allowOrigins: readonly string[];
  readonly limits: Limits;
}

/** The limits of requests. */
export interface Limits {
  /** Rows per request. */
  readonly maxRows: number;
  /** Bytes per request body. */
  readonly maxBytes: number;
  /** Bytes of the bodies of all requests in flight. */
  readonly maxBytesInFlight: number;
  /** Seconds in which the body of a request must arrive. */
  readonly bodySeconds: number;
  /** Seconds that a client may take for each part of a streamed answer. */
  readonly answerSeconds: number;
  /** Seconds that loading the autoencoder may take. */
  readonly loadSeconds: number;
}

/**
 * Reads `SAE_URL`, `PREFIX`, `INPUT_SCALE`, `SCREENING`, `MAX_ROWS`, `MAX_BYTES`, `MAX_BYTES_IN_FLIGHT`,
 * `BODY_SECONDS`, `ANSWER_SECONDS`, `LOAD_SECONDS` and `ALLOW_ORIGIN`, and ignores all other variables.
 *
 * @throws {RangeError} if a value is invalid, or `SAE_URL` is missing.
 */
export function readSettings(environment: Readonly<Record<string, unknown>>): Settings {
  const read = (name: string, pattern: RegExp, wanted: string): number | undefined => {
    const given = environment[name];
    if (given === undefined || given === "") return undefined;
    const value = Number(given);
    if (pattern.test(String(given)) && value > 0) return value;
    throw new RangeError(`Cannot start: ${name} must be ${wanted} but is "${given}"`);
  };
  const whole = (name: string) => read(name, /^\d{1,10}$/, "a positive whole number");
  const maxBytesInFlight = whole("MAX_BYTES_IN_FLIGHT") ?? 32 * 2 ** 20;
  return {
    url: checkUrl(environment.SAE_URL),
    prefix: whole("PREFIX"),
    screening: readScreening(environment.SCREENING),
    inputScale: read("INPUT_SCALE", /^\d*\.?\d+(e-?\d+)?$/i, "a positive number"),
    allowOrigins: readOrigins(environment.ALLOW_ORIGIN),
    limits: {
      maxRows: whole("MAX_ROWS") ?? 1024,
      // A larger body would be told to try again for ever.
      maxBytes: Math.min(whole("MAX_BYTES") ?? 4 * 2 ** 20, maxBytesInFlight),
      maxBytesInFlight,
      bodySeconds: whole("BODY_SECONDS") ?? 30,
      answerSeconds: whole("ANSWER_SECONDS") ?? 30,
      loadSeconds: whole("LOAD_SECONDS") ?? 20,
    },
  };
}

function checkUrl(given: unknown): string {
  const url = URL.parse(String(given));
  if (url?.protocol === "https:" || url?.protocol === "http:") return url.href;
  // The message is sent to clients, and the value may contain a secret.
  const found = given === undefined || given === "" ? "missing" : "not one";
  throw new RangeError(`Cannot start: SAE_URL must be an http or https address but is ${found}`);
}

function readScreening(given: unknown): Settings["screening"] {
  if (given === undefined || given === "") return undefined;
  if (given === "auto" || given === "on" || given === "off") return given;
  throw new RangeError(`Cannot start: SCREENING must be auto, on or off but is "${given}"`);
}

function readOrigins(given: unknown): string[] {
  if (given === undefined || given === "") return [];
  return String(given).split(",").map((origin) => {
    const trimmed = origin.trim();
    if (trimmed === "*" || URL.parse(trimmed)?.origin === trimmed) return trimmed;
    throw new RangeError(
      `Cannot start: ALLOW_ORIGIN must be * or origins like https://example.com but has "${trimmed}"`,
    );
  });
}
