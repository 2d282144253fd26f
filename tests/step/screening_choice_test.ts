import { assertEquals, assertThrows } from "@std/assert";
import { type Backend, createBackend } from "../../mod.ts";
import type { ScreenedEncode } from "../../src/model/screening.ts";
import { ScreeningChoice } from "../../src/step/screening_choice.ts";
import { WatchedBackend } from "../training/watched_backend.ts";

const N = 600;
const reference = await createBackend("reference");
const faster = new WatchedBackend(reference, "faster");
const lacking = { name: "webgpu", description: "a card" } as Backend;

const relu: ScreenedEncode = { inputSize: 96, latentCount: N, selection: "relu", k: 0 };

const choiceOf = (asked: "auto" | "on" | "off", backend: Backend, encode = relu) =>
  new ScreeningChoice(asked, backend, encode, "test");

Deno.test("screening is chosen by the backend unless it is asked for", () => {
  assertEquals(choiceOf("auto", faster).current, true);
  assertEquals(choiceOf("auto", reference).current, false);
  assertEquals(choiceOf("auto", lacking).current, false);
  assertEquals(choiceOf("on", reference).current, true);
  assertEquals(choiceOf("off", faster).current, false);
  assertThrows(
    () => choiceOf("on", lacking),
    TypeError,
    'Cannot test: screening is "on" but the backend webgpu (a card) has no kernels for it',
  );
});

Deno.test("screening is chosen where it pays: not for few inputs, nor for few latents for each that is kept", () => {
  const chosen = (encode: Partial<ScreenedEncode>, asked: "auto" | "on" = "auto") =>
    choiceOf(asked, faster, { ...relu, ...encode }).current;
  assertEquals(chosen({ inputSize: 95 }), false);
  assertEquals(chosen({ inputSize: 95 }, "on"), true);
  assertEquals(chosen({ selection: "topk", k: 9 }), true);
  assertEquals(chosen({ selection: "batchtopk", k: 10 }), false);
  assertEquals(chosen({ selection: "topk", k: 10 }, "on"), true);
  assertEquals(chosen({ selection: "identity" }, "on"), false);
});

Deno.test("screening is given up above half of the latents, and tried again once L0 is much smaller", () => {
  const choice = choiceOf("auto", faster);
  const after = (l0: number, candidates?: number) => {
    choice.observe({ l0, candidates });
    return choice.current;
  };
  assertEquals(after(40, 300), true);
  assertEquals(after(40, 301), false);
  // Plain steps have no candidates. 30 is three quarters of 40.
  assertEquals(after(31), false);
  assertEquals(after(30), false);
  assertEquals(after(29), true);
  assertEquals(after(29, 301), false);
  assertEquals(after(29), false);
});

Deno.test("screening is tried again after 8 readings if L0 stays the same", () => {
  const choice = choiceOf("auto", faster);
  choice.observe({ l0: 8, candidates: N });
  const states = Array.from({ length: 9 }, () => {
    choice.observe({ l0: 8 });
    return choice.current;
  });
  assertEquals(states.indexOf(true), 7);
});

Deno.test("screening keeps to what was asked for, whatever is measured", () => {
  for (const asked of ["on", "off"] as const) {
    const choice = choiceOf(asked, faster);
    choice.observe({ l0: 90, candidates: N });
    choice.observe({ l0: 1, candidates: 1 });
    assertEquals(choice.current, asked === "on");
  }
});
