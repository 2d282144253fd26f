/**
 * How a rank ends: all ranks of a job end well, or one that fails ends them all.
 *
 * @module
 */
import type { Session } from "./session.ts";

/**
 * Ends the job if this process fails, and MPI if it ends well without `finalize()`. Launchers notice a process that is
 * killed; some of them do not notice one that exits.
 */
export function endWithProcess(session: Session): void {
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
    if (Deno.exitCode === 0) session.finalize();
    else session.abort(`it exits with status ${Deno.exitCode}`, Deno.exitCode);
  });
}

function described(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
