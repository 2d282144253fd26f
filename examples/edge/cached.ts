import { Refusal } from "./refusal.ts";

/** Tells the platform to continue work after its request has ended. */
export type KeepAlive = (work: Promise<unknown>) => void;

/**
 * Loads once for all requests. A failure is not kept: the next request tries again.
 *
 * The first request may end before the loading does, and a platform may then stop the work that the request
 * started. Therefore the work is kept alive, every request waits for at most `seconds`, and a loading that
 * takes longer counts as lost and is started again.
 */
export function cached<Loaded>(
  load: (signal: AbortSignal) => Promise<Loaded>,
  seconds: number,
): (keepAlive: KeepAlive) => Promise<Loaded> {
  let loaded: Loaded | undefined;
  let current: { work: Promise<Loaded>; since: number } | undefined;

  function start(): { work: Promise<Loaded>; since: number } {
    const started = { work: load(AbortSignal.timeout(seconds * 1e3)), since: Date.now() };
    started.work.then((result) => loaded = result, () => {}).finally(() => {
      if (current === started) current = undefined;
    });
    return started;
  }

  return async (keepAlive) => {
    if (loaded !== undefined) return loaded;
    if (current && Date.now() - current.since > seconds * 1e3) current = undefined;
    const { work } = current ??= start();
    keepAlive(work.catch(() => {}));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new Refusal(503, "The autoencoder is still being loaded, try again in a second", {
            "retry-after": "1",
          }),
        );
      }, seconds * 1e3);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
