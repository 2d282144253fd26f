/** Something that is closed or freed when it is no longer needed. */
type Resource = Disposable | AsyncDisposable;

/**
 * Owns resources, and disposes them in reverse order. It does what `await using` and AsyncDisposableStack do, which
 * Node 20 and 22 lack.
 */
export class Scope implements AsyncDisposable {
  #resources: Resource[] = [];

  /** Takes over a resource, and returns it. */
  use<T extends Resource>(resource: T): T {
    this.#resources.push(resource);
    return resource;
  }

  /** Passes all resources on to a new scope: this one disposes nothing. */
  move(): Scope {
    const moved = new Scope();
    moved.#resources = this.#resources;
    this.#resources = [];
    return moved;
  }

  /** Disposes every resource even if one fails; then the first of the errors is thrown. */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = [];
    for (const resource of this.move().#resources.reverse()) {
      try {
        if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
        else resource[Symbol.dispose]();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/** Returns the result of `body`, and disposes what it has opened. An error of `body` comes before those of disposing. */
export async function scoped<T>(body: (scope: Scope) => Promise<T>): Promise<T> {
  const scope = new Scope();
  let result: T;
  try {
    result = await body(scope);
  } catch (error) {
    await scope[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
  await scope[Symbol.asyncDispose]();
  return result;
}
