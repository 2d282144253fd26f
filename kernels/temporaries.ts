/**
 * Where the temporaries of a program may be used. Every backend asks here.
 *
 * @module
 */
import type { Tensor } from "./kernel.ts";

const scopes = new WeakMap<Tensor, Scope>();

/** A program, or one side of a branch of it, which may use the temporaries around it, too. */
export class Scope {
  readonly #outer?: Scope;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  /** Makes a tensor a temporary of this scope, and returns it. */
  own<T extends Tensor>(tensor: T): T {
    scopes.set(tensor, this);
    return tensor;
  }

  /** Throws a TypeError if one of the tensors is a temporary of another program, or of a side that this is not in. */
  check(tensors: readonly Tensor[]): void {
    for (const tensor of tensors) {
      const owner = scopes.get(tensor);
      if (owner === undefined || this.#isIn(owner)) continue;
      throw new TypeError(
        `Cannot use a temporary [${tensor.shape}]: it belongs to another program or side of a branch`,
      );
    }
  }

  #isIn(scope: Scope): boolean {
    return this === scope || this.#outer !== undefined && this.#outer.#isIn(scope);
  }
}

/** Throws a TypeError if a tensor is a temporary, which holds nothing before and after its program runs. */
export function checkLasting(tensor: Tensor): void {
  if (!scopes.has(tensor)) return;
  throw new TypeError(
    `Cannot use a temporary [${tensor.shape}]: only the commands of its program can`,
  );
}
