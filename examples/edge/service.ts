/**
 * The service itself, independent of the platform: it turns requests into responses.
 *
 *     GET  /         the autoencoder and the limits
 *     POST /latents  rows → the most active latents of each row, as JSON; ?top=10
 *     POST /codes    rows → all active latents of each row, in binary (see answers.ts)
 */
import { Admission } from "./admission.ts";
import { type Answer, sparseCodes, topLatents } from "./answers.ts";
import { bodyKind, discard, readBody } from "./body.ts";
import { cached, type KeepAlive } from "./cached.ts";
import { Refusal } from "./refusal.ts";
import { readRows } from "./rows.ts";
import type { Limits } from "./settings.ts";
import { type Encoder, writeCodes } from "./streaming.ts";

/** An autoencoder that is served. */
export interface Served extends Encoder {
  /** What `GET /` returns besides sizes, activation and limits. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Whether it normalises each row by a scale and a shift. */
  readonly normalises: boolean;
}

/** Answers a request. */
export type Service = (request: Request, keepAlive: KeepAlive) => Promise<Response>;

/** How many latents of a row are returned by default. */
const TOP = 10;

/** Creates the service. It loads the autoencoder when the first request needs it. */
export function createService(
  load: (signal: AbortSignal) => Promise<Served>,
  limits: Limits,
): Service {
  const admission = new Admission(
    limits.maxBytesInFlight,
    2 * Math.max(limits.bodySeconds, limits.answerSeconds),
  );
  const autoencoder = cached(load, limits.loadSeconds);

  async function served(keepAlive: KeepAlive): Promise<Served> {
    try {
      return await autoencoder(keepAlive);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      console.error(error);
      // The message may contain an address that clients must not see.
      throw new Refusal(502, "The autoencoder could not be loaded");
    }
  }

  async function info(request: Request, keepAlive: KeepAlive): Promise<Response> {
    readQuery(request, []);
    const { inputSize, latentCount, activation, facts } = await served(keepAlive);
    const { threshold: _, ...kind } = { threshold: undefined, ...activation };
    const { maxRows, maxBytes } = limits;
    return Response.json({ inputSize, latentCount, activation: kind, ...facts, maxRows, maxBytes });
  }

  async function encode(
    request: Request,
    keepAlive: KeepAlive,
    answerFor: (served: Served) => Answer,
  ): Promise<Response> {
    const kind = bodyKind(request.headers);
    const encoder = await served(keepAlive);
    const answer = answerFor(encoder);
    const { body, lease } = await readBody(request, limits, admission);
    try {
      const rows = readRows(body, kind, encoder.inputSize, limits.maxRows);
      if (rows.buffer !== body.buffer) discard(body.buffer);
      const written = await writeCodes(encoder, rows, answer, {
        signal: request.signal,
        seconds: limits.answerSeconds,
        alive: lease.touch,
        done() {
          discard(rows.buffer);
          lease.end();
        },
      });
      return new Response(written, { headers: { "content-type": answer.contentType } });
    } catch (error) {
      lease.end();
      throw error;
    }
  }

  const routes: Record<string, { methods: string[]; answer: Service }> = {
    "/": { methods: ["GET", "HEAD"], answer: info },
    "/latents": {
      methods: ["POST"],
      answer(request, keepAlive) {
        const top = readTop(readQuery(request, ["top"]).get("top"));
        return encode(request, keepAlive, () => topLatents(top));
      },
    },
    "/codes": {
      methods: ["POST"],
      answer(request, keepAlive) {
        readQuery(request, []);
        return encode(request, keepAlive, ({ normalises }) => sparseCodes(normalises));
      },
    },
  };

  return async (request, keepAlive) => {
    try {
      const { pathname } = new URL(request.url);
      if (!Object.hasOwn(routes, pathname)) {
        throw new Refusal(404, `There are ${Object.keys(routes).join(", ")} but no ${pathname}`);
      }
      const { methods, answer } = routes[pathname];
      if (!methods.includes(request.method)) {
        const allow = methods.join(", ");
        throw new Refusal(405, `${pathname} takes ${allow} but not ${request.method}`, { allow });
      }
      return await answer(request, keepAlive);
    } catch (error) {
      if (error instanceof Refusal) return error.response();
      if (!request.signal.aborted) console.error(error);
      return new Refusal(500, "The request could not be answered").response();
    }
  };
}

/** Returns the query; throws a 400 if it has another parameter or one twice. */
function readQuery(request: Request, known: readonly string[]): URLSearchParams {
  const { searchParams } = new URL(request.url);
  for (const name of searchParams.keys()) {
    if (!known.includes(name)) {
      const wanted = known.length > 0 ? `only ${known.join(", ")}` : "none";
      throw new Refusal(400, `Query parameters may be ${wanted} but there is "${name}"`);
    }
    if (searchParams.getAll(name).length > 1) {
      throw new Refusal(400, `Query parameter "${name}" may be given only once`);
    }
  }
  return searchParams;
}

function readTop(given: string | null): number {
  if (given === null) return TOP;
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new Refusal(400, `top must be a positive whole number but is "${given}"`);
}
