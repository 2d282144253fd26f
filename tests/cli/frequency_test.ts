import { assertEquals } from "@std/assert";
import { frequencySummary } from "../../cli/sae/evaluation.ts";
import { smallPercent } from "../../cli/terminal/text.ts";

Deno.test("frequencySummary() counts latents in four bins per decade, without dead ones", () => {
  // 1/100 is 10^−2: the first of eight bins; 0.1 begins the fifth; 1 belongs to the last.
  const shares = [0, 0, 0.01, 0.02, 0.1, 0.5, 1];
  const { histogram, denseLatents } = frequencySummary(Float64Array.from(shares), 100);
  assertEquals(histogram, {
    log10From: -2,
    binWidth: 0.25,
    counts: [1, 1, 0, 0, 1, 0, 1, 1],
  });
  assertEquals(denseLatents, 2);
});

Deno.test("frequencySummary() of a single row has one bin", () => {
  const { histogram } = frequencySummary(Float64Array.from([0, 1, 1]), 1);
  assertEquals(histogram.counts, [2]);
});

Deno.test("smallPercent() never writes a positive share as 0", () => {
  const shares = [0, 2e-6, 0.00012, 0.000999, 0.001, 0.5, 1];
  assertEquals(shares.map(smallPercent), [
    "0.0 %",
    "0.0002 %",
    "0.01 %",
    "0.1 %",
    "0.1 %",
    "50.0 %",
    "100.0 %",
  ]);
});
