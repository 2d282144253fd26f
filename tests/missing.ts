/** Programs that a machine lacks: a visible ignore on one's own, a failure in CI. */

/** Why a program cannot be run here; never in CI, where that has to fail. */
export function whyMissing(program: string): string | undefined {
  if (Deno.env.get("CI")) return undefined;
  try {
    return Deno.statSync(program).isFile ? undefined : `${program} is no file`;
  } catch {
    return `there is no ${program}`;
  }
}

/** The name of a test, and whether it is ignored: with the reason in sight. */
export function named(name: string, reason: string | undefined): { name: string; ignore: boolean } {
  return { name: reason ? `${name} (ignored: ${reason})` : name, ignore: reason !== undefined };
}
