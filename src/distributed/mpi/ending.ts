/**
 * How a rank ends: all ranks of a job end well, or one that fails ends them all.
 *
 * @module
 */
import type { Session } from "./session.ts";

/** After how many seconds a rank that waits at its end says so. */
const NOTICE_SECONDS = 10;

/** How long a rank that has ended without `finalize()` waits: the others may be waiting for it, in another call. */
const MOST_SECONDS = 600;

/** Ends MPI once all ranks do, and says so if that takes long. */
export function finalizeAtLast(session: Session, noticeSeconds: number = NOTICE_SECONDS): void {
  session.finalize(noticeAfter(session, noticeSeconds));
}

/**
 * Ends the job if this process fails, and MPI if it ends well without `finalize()`. Launchers notice a process that is
 * killed, but not all of them notice one that exits. To Open MPI's, even a good end without MPI_Finalize is a failure.
 */
export function endWithProcess(
  session: Session,
  noticeSeconds: number = NOTICE_SECONDS,
  mostSeconds: number = MOST_SECONDS,
): void {
  addEventListener("error", (event) => {
    if (session.isOpen && !event.defaultPrevented) {
      session.abort(described(event.error ?? event.message));
    }
  });
  addEventListener("unhandledrejection", (event) => {
    if (session.isOpen && !event.defaultPrevented) session.abort(described(event.reason));
  });
  addEventListener("unload", () => {
    if (!session.isOpen) return;
    const { exitCode } = Deno;
    if (exitCode !== 0) session.abort(`it exits with status ${exitCode}`, exitCode);
    const notice = noticeAfter(session, noticeSeconds);
    session.finalize((seconds) => {
      notice(seconds);
      if (seconds < mostSeconds) return;
      session.abort(`it has ended without finalize(), and others have not after ${mostSeconds} s`);
    });
  });
}

function noticeAfter(session: Session, least: number): (seconds: number) => void {
  let noticed = false;
  return (seconds) => {
    if (noticed || seconds < least) return;
    noticed = true;
    console.error(`${session.name} has reached its end and waits for the others`);
  };
}

/** Returns an error as Deno would print it, with its stack and its causes. */
function described(error: unknown): string {
  return error instanceof Error ? Deno.inspect(error, { colors: false }) : String(error);
}
