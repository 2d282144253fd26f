/** Runs programs. */

/** How a program is run. */
export interface CommandOptions {
  readonly args: readonly string[];
  readonly cwd?: URL;
  readonly env?: Record<string, string>;
  /** Milliseconds after which the program is stopped; five minutes by default. */
  readonly timeout?: number;
}

/**
 * Runs a program and returns its standard output.
 *
 * @throws {Error} if it fails; the message contains its output.
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
    ? `it ran for more than ${timeout / 1000} s`
    : `it ended with exit code ${output.code}`;
  throw new Error(
    `Cannot run ${program} ${args.join(" ")}: ${reason}\n${text}${
      new TextDecoder().decode(output.stderr)
    }`,
  );
}
