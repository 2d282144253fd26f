/**
 * The plans of the kernels of certified screening.
 *
 * @module
 */
import type { ScreeningId, ScreeningTable } from "../../table.ts";
import type { Plan } from "../launch.ts";
import { encodeScreened } from "./encode_screened.ts";
import { adamEncoder, quantizeLatents, quantizeRows } from "./quantize.ts";

/** A plan per kernel, in the order of `ScreeningTable`: a missing one is a compile error. */
export const screeningPlans: { readonly [Id in ScreeningId]: Plan<ScreeningTable[Id]> } = {
  quantizeRows,
  quantizeLatents,
  encodeScreened,
  adamEncoder,
};
