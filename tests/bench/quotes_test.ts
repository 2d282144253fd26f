/** Numbers that pages quote, compared with new ones. */

import { assertEquals, assertThrows } from "@std/assert";
import { compareQuote } from "../../bench/figures/quotes.ts";

const PAGE = "On these rows the command\nreaches FVU 0.1261 at L0 21.06, in 40 s, 57,344 rows.\n";

Deno.test("compareQuote() accepts the same numbers, and the last digit one off", () => {
  const same = "reaches FVU 0.1261 at L0 21.06, in 40 s, 57,344 rows";
  assertEquals(compareQuote(PAGE, same).drifts, []);
  assertEquals(compareQuote(PAGE, same.replace("0.1261", "0.12618")).drifts, []);
  assertEquals(compareQuote(PAGE, "the command reaches FVU 0.12611").drifts, []);
});

Deno.test("compareQuote() reports numbers that have drifted, and renews only them", () => {
  const { drifts, renewed } = compareQuote(PAGE, "reaches FVU 0.1299 at L0 21.06, in 40 s");
  assertEquals(drifts, [{ quoted: "0.1261", measured: "0.1299" }]);
  assertEquals(renewed, PAGE.replace("0.1261", "0.1299"));
});

Deno.test("compareQuote() lets times differ by the speed of machines", () => {
  assertEquals(compareQuote(PAGE, "FVU 0.1261 at L0 21.06, in 29 s").drifts, []);
  assertEquals(compareQuote(PAGE, "FVU 0.1261 at L0 21.06, in 400 s").drifts, [
    { quoted: "40", measured: "400" },
  ]);
});

Deno.test("compareQuote() reports a count that differs by one in a thousand only where digits show it", () => {
  assertEquals(compareQuote("3 of 1024 latents dead", "5 of 1024 latents dead").drifts, [
    { quoted: "3", measured: "5" },
  ]);
});

Deno.test("compareQuote() throws where the page no longer has the text", () => {
  assertThrows(
    () => compareQuote(PAGE, "comes to FVU 0.1261"),
    Error,
    "Cannot find the text: comes to FVU 0.1261",
  );
});
