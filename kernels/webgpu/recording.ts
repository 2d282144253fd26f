/**
 * Records the commands of a program as dispatches, before anything is made on the device.
 *
 * @module
 */
import type { AnyKernel, Recorder, Tensor } from "../kernel.ts";
import { bindDims, checkCopy, checkShape, elementCount } from "../shapes.ts";
import { Scope } from "../temporaries.ts";
import type { Bindable, Dispatch, Planner, Scratch } from "./launch.ts";
import { groupsOf } from "./launch.ts";
import type { Lifetime, Use } from "./layout.ts";
import { Temporary } from "./memory.ts";
import { plans } from "./plans/plans.ts";
import { recipePlans } from "./plans/recipes.ts";
import { screeningPlans } from "./plans/screening.ts";
import { bindingsOf } from "./shader.ts";
import { shaders } from "./generated/shaders.ts";

const allPlans: Readonly<Record<string, unknown>> = {
  ...plans,
  ...recipePlans,
  ...screeningPlans,
};

/** A dispatch, and the side of a branch that it belongs to. */
export type Recorded = Dispatch & {
  /** The command that it is for: a kernel's id, "copy" or "gate". */
  readonly command: string;
  /** 0 outside any branch; else 1 + 2·branch for the zero side, one more for the other. */
  readonly side: number;
  /** For a gate: the branch, numbered from 0, whose sides it opens and closes. */
  readonly gate?: { readonly branch: number };
};

/** Settings of the backend that plans depend on. */
export type PlannerSettings = Omit<Planner, "dispatch" | "scratch" | "branch">;

/** Collects the dispatches of a program. */
export class Recording {
  readonly dispatches: Recorded[] = [];
  /** The temporaries by their slots: those of kernels, and those that the caller makes. */
  readonly temporaries: (Lifetime & { readonly uses: Use[] })[] = [];
  /** Commands at the top level. */
  length = 0;
  /** The side that each branch is on. */
  readonly parents: number[] = [];
  /** The last dispatch that clears one array. */
  #lastClear?: number;

  constructor(readonly settings: PlannerSettings) {}

  /** Returns a recorder whose commands belong to a side. */
  recorder(side = 0, scope: Scope = new Scope()): Recorder {
    const count = () => side === 0 && this.length++;
    return {
      run: (kernel: AnyKernel, operands: Readonly<Record<string, Tensor>>, constants: object) => {
        const dims = bindDims(kernel, operands);
        scope.check(Object.values(operands));
        const plan = allPlans[kernel.id] as (...args: unknown[]) => void;
        plan(operands, dims, constants, this.#planner(kernel.id, side));
        count();
      },
      copy: (from, to) => {
        const elements = checkCopy(from, to);
        scope.check([from, to]);
        this.#copy(from, to, elements, side);
        count();
      },
      temporary: (dtype, shape) => {
        checkShape(shape, "make a temporary");
        const { slot } = this.#reserve(elementCount(shape));
        return scope.own(new Temporary(dtype, shape, slot));
      },
      branch: (flag, zero, nonzero) => {
        scope.check([flag]);
        const branch = this.#gate("gate", flag, side);
        zero(this.recorder(1 + 2 * branch, new Scope(scope)));
        nonzero(this.recorder(2 + 2 * branch, new Scope(scope)));
        count();
      },
    };
  }

  /** Whether two sides are of one branch or in them, so that at most one of them runs. */
  isApart(side: number, other: number): boolean {
    if (side === 0 || other === 0 || side === other) return false;
    // A branch has a higher number than the one that it is in.
    const [outer, inner] = side < other ? [side, other] : [other, side];
    const branch = (inner - 1) >> 1;
    return branch === (outer - 1) >> 1 || this.isApart(outer, this.parents[branch]);
  }

  #copy(from: Tensor, to: Tensor, elements: number, side: number): void {
    const most = 64 * Math.floor(this.settings.maxBindingBytes / 256);
    for (let at = 0; at < elements; at += most) {
      const end = Math.min(at + most, elements);
      this.#add({
        command: "copy",
        shader: "copy",
        sizes: { count: end - at },
        buffers: {
          source: { tensor: from, from: at, to: end },
          destination: { tensor: to, from: at, to: end },
        },
        groups: groupsOf(end - at),
        side,
      });
    }
  }

  /** Adds a gate, and returns the number of its branch. */
  #gate(command: string, flag: Bindable, side: number): number {
    const branch = this.parents.push(side) - 1;
    this.#add({
      command,
      shader: "gate",
      sizes: { branch, parent: side },
      buffers: { flag },
      groups: 1,
      side: 0,
      gate: { branch },
    });
    return branch;
  }

  #planner(command: string, side: number): Planner {
    return {
      ...this.settings,
      dispatch: (dispatch) => this.#add({ ...dispatch, command, side }),
      scratch: (count) => this.#reserve(count),
      branch: (flag, zero, nonzero) => {
        const branch = this.#gate(command, flag, side);
        zero(this.#planner(command, 1 + 2 * branch));
        nonzero(this.#planner(command, 2 + 2 * branch));
      },
    };
  }

  #reserve(elements: number): Scratch {
    const bytes = 4 * elements;
    const slot = this.temporaries.push({ bytes, uses: [] }) - 1;
    return { slot, bytes };
  }

  #add(dispatch: Recorded): void {
    if (this.#isClearedEarlier(dispatch)) return;
    const at = this.dispatches.push(dispatch) - 1;
    if (dispatch.shader === "clear") this.#lastClear = at;
    for (const name of Object.keys(dispatch.buffers)) this.#noteUse(at, name);
  }

  /** Lets the last dispatch that clears one array clear a temporary, too, if nothing has used it since then. */
  #isClearedEarlier({ shader, sizes, buffers: { words: others }, side }: Recorded): boolean {
    const at = this.#lastClear;
    if (shader !== "clear" || at === undefined || !("slot" in others)) return false;
    const { command, side: earlierSide, sizes: earlierSizes, buffers } = this.dispatches[at];
    if (earlierSide !== 0 && earlierSide !== side) return false;
    if (this.temporaries[others.slot].uses.some((use) => use.at >= at)) return false;
    const count = earlierSizes!.count;
    const otherCount = sizes!.count;
    this.dispatches[at] = {
      command,
      shader: "clear_two",
      sizes: { count, otherCount },
      buffers: { ...buffers, others },
      groups: groupsOf(Math.max(count, otherCount)),
      side: earlierSide,
    };
    this.#noteUse(at, "others");
    this.#lastClear = undefined;
    return true;
  }

  /** Notes that a dispatch uses a temporary, if what is bound there is one. */
  #noteUse(at: number, name: string): void {
    const { shader, side, buffers } = this.dispatches[at];
    const bound = buffers[name];
    const memory = "tensor" in bound ? bound.tensor : bound;
    if (!("slot" in memory)) return;
    const access = bindingsOf(shaders[shader].source).find(([other]) => other === name)?.[1];
    this.temporaries[memory.slot].uses.push({ at, side, writes: access === "write" });
  }
}
