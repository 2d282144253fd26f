/**
 * Records the commands of a program as dispatches, before anything is made on the device.
 *
 * @module
 */
import type { AnyKernel, Recorder, Tensor } from "../kernel.ts";
import { bindDims, checkCopy } from "../shapes.ts";
import type { Bindable, Dispatch, Planner, Scratch } from "./launch.ts";
import { groupsOf } from "./launch.ts";
import { plans } from "./plans/plans.ts";
import { recipePlans } from "./plans/recipes.ts";
import { screeningPlans } from "./plans/screening.ts";

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
  /** Bytes of each scratch slot: the most that any kernel asks for. */
  readonly scratchBytes: number[] = [];
  /** Commands at the top level. */
  length = 0;
  branches = 0;

  constructor(readonly settings: PlannerSettings) {}

  /** Returns a recorder whose commands belong to a side. */
  recorder(side = 0): Recorder {
    const count = () => side === 0 && this.length++;
    return {
      run: (kernel: AnyKernel, operands: Readonly<Record<string, Tensor>>, constants: object) => {
        const dims = bindDims(kernel, operands);
        const plan = allPlans[kernel.id] as (...args: unknown[]) => void;
        plan(operands, dims, constants, this.#planner(kernel.id, side));
        count();
      },
      copy: (from, to) => {
        this.#copy(from, to, checkCopy(from, to), side);
        count();
      },
      branch: (flag, zero, nonzero) => {
        const branch = this.#gate("gate", flag, side);
        zero(this.recorder(1 + 2 * branch));
        nonzero(this.recorder(2 + 2 * branch));
        count();
      },
    };
  }

  #copy(from: Tensor, to: Tensor, elements: number, side: number): void {
    const most = 64 * Math.floor(this.settings.maxBindingBytes / 256);
    for (let at = 0; at < elements; at += most) {
      const end = Math.min(at + most, elements);
      this.dispatches.push({
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
    const branch = this.branches++;
    this.dispatches.push({
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

  #planner(command: string, side: number, slots = { taken: 0 }): Planner {
    return {
      ...this.settings,
      dispatch: (dispatch) => this.dispatches.push({ ...dispatch, command, side }),
      scratch: (count): Scratch => {
        const slot = slots.taken++;
        const bytes = 4 * count;
        this.scratchBytes[slot] = Math.max(this.scratchBytes[slot] ?? 0, bytes);
        return { slot, bytes };
      },
      branch: (flag, zero, nonzero) => {
        const branch = this.#gate(command, flag, side);
        zero(this.#planner(command, 1 + 2 * branch, slots));
        nonzero(this.#planner(command, 2 + 2 * branch, slots));
      },
    };
  }
}
