/** The environment in which native libraries compute as fast as they can. */

/** Returns the variables of this process without those that pin OpenBLAS to kernels, for a number of threads. */
export function nativeEnvironment(threads: number): Record<string, string> {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...others } = Deno.env.toObject();
  // Native libraries read the number of threads once, when they are loaded.
  return { ...others, OMP_NUM_THREADS: `${threads}`, OPENBLAS_NUM_THREADS: `${threads}` };
}
