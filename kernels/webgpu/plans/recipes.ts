/**
 * The plans of the kernels that only some training recipes need.
 *
 * @module
 */
import type { RecipeId, RecipeTable } from "../../table.ts";
import type { Plan } from "../launch.ts";
import { firedRows } from "./fired_rows.ts";
import { sparseFiredRows } from "./sparse_fired_rows.ts";

/** A plan per kernel, in the order of `RecipeTable`. */
export const recipePlans: { readonly [Id in RecipeId]?: Plan<RecipeTable[Id]> } = {
  firedRows,
  sparseFiredRows,
};
