/**
 * Keeps all ranks but one from printing: what a command says, it says once.
 *
 * @module
 */

const { log, warn, error } = console;
let silent = false;

/** Lets this process print nothing from now on. An error that nothing catches is printed all the same. */
export function silence(): void {
  if (silent) return;
  silent = true;
  console.log = console.warn = console.error = () => {};
}

/** Lets this process print again. */
export function speak(): void {
  if (!silent) return;
  silent = false;
  Object.assign(console, { log, warn, error });
}

/** Whether this process is silent. */
export const isSilent = (): boolean => silent;
