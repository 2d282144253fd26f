import process from "node:process";

/** Ends the process once everything printed has been passed on: Node and Bun write to pipes in the background. */
export async function exit(code: number): Promise<never> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
  process.exit(code);
}
