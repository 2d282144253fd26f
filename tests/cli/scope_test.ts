import { assertEquals, assertRejects } from "@std/assert";
import { type Scope, scoped } from "../../cli/terminal/scope.ts";

/** Notes in `log` when it is disposed, and then fails if asked to. */
function resource(log: string[], name: string, fails = false) {
  const note = () => {
    log.push(name);
    if (fails) throw new Error(`${name} cannot be closed`);
  };
  return {
    later: {
      async [Symbol.asyncDispose]() {
        await Promise.resolve();
        note();
      },
    },
    now: { [Symbol.dispose]: note },
  };
}

Deno.test("scoped() disposes in reverse order, and returns the result afterwards", async () => {
  const log: string[] = [];
  const result = await scoped((scope) => {
    scope.use(resource(log, "first").later);
    scope.use(resource(log, "second").now);
    scope.use(resource(log, "third").later);
    log.push("body");
    return Promise.resolve(7);
  });
  assertEquals([result, log], [7, ["body", "third", "second", "first"]]);
});

Deno.test("scoped() disposes everything after an error, which comes before errors of disposing", async () => {
  const log: string[] = [];
  const open = (scope: Scope) => {
    scope.use(resource(log, "first").now);
    scope.use(resource(log, "second", true).later);
  };
  const failing = scoped((scope) => {
    open(scope);
    return Promise.reject(new RangeError("step 3"));
  });
  await assertRejects(() => failing, RangeError, "step 3");
  const closing = scoped((scope) => Promise.resolve(open(scope)));
  await assertRejects(() => closing, Error, "second cannot be closed");
  assertEquals(log, ["second", "first", "second", "first"]);
});

Deno.test("a scope that has been moved disposes nothing", async () => {
  const log: string[] = [];
  const moved = await scoped((scope) => {
    scope.use(resource(log, "only").now);
    return Promise.resolve(scope.move());
  });
  assertEquals(log, []);
  await moved[Symbol.asyncDispose]();
  await moved[Symbol.asyncDispose]();
  assertEquals(log, ["only"]);
});
