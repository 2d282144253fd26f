/** Runs programs. */

/** How a program is run. */
export interface CommandOptions {
  readonly args: readonly string[];
  readonly cwd?: URL;
  readonly env?: Record<string, string>;
  /** Milliseconds after which it is ended (five minutes). */
  readonly timeout?: number;
}

/**
 * Its standard output.
 *
 * @throws {Error} if it fails, with what it wrote.
 */
export async function run(program: string, options: CommandOptions): Promise<string> {
  const { args, cwd, env, timeout = 300_000 } = options;
  const signal = AbortSignal.timeout(timeout);
  const output = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    signal,
  }).output();
  const text = new TextDecoder().decode(output.stdout);
  if (output.success) return text;
  const reason = signal.aborted
    ? `it ran past ${timeout / 1000} s`
    : `it ended with ${output.code}`;
  throw new Error(
    `Cannot run ${program} ${args.join(" ")}: ${reason}\n${text}${
      new TextDecoder().decode(output.stderr)
    }`,
  );
}
