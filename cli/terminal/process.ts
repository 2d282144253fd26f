import process from "node:process";

/** Runs a program with the arguments of this process, and ends the process with the exit code that it returns. */
export async function runProcess(
  program: (args: readonly string[]) => Promise<number>,
): Promise<never> {
  const streams = [process.stdout, process.stderr];
  // A reader such as `head` may leave early: the work goes on, and its files are written.
  for (const stream of streams) stream.on("error", () => {});
  const code = await program(process.argv.slice(2));
  // Node and Bun may write to pipes in the background, and exit() would cut that off.
  for (const stream of streams) {
    await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
  process.exit(code);
}
