/** Signals that ask a command to stop. */
import process from "node:process";
import { assertEquals } from "@std/assert";
import { StopSignal } from "../../cli/terminal/stop_signal.ts";

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

Deno.test({
  name: "a signal that a launcher sends and a parent passes on once more asks to stop once",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const { error } = console;
    const printed: string[] = [];
    console.error = (text: string) => printed.push(text);
    // The test would not outlive a signal that nothing listens to.
    const keep = () => {};
    process.on("SIGUSR2", keep);
    try {
      const stop = new StopSignal("Stopping", ["SIGUSR2"]);
      const listeners = () => process.listenerCount("SIGUSR2");
      for (const pause of [0, 200]) {
        await wait(pause);
        process.kill(process.pid, "SIGUSR2");
      }
      await wait(100);
      stop[Symbol.dispose](); // The run is saved, and its evaluation begins: an echo must not end it either.
      assertEquals([stop.requested, printed, listeners()], [true, ["\nStopping"], 2]);
      await wait(1000);
      assertEquals(listeners(), 1);
    } finally {
      console.error = error;
      process.off("SIGUSR2", keep);
    }
  },
});

Deno.test("without a signal, disposing ends the listening at once", () => {
  const before = process.listenerCount("SIGINT");
  const stop = new StopSignal("Stopping");
  assertEquals(process.listenerCount("SIGINT"), before + 1);
  stop[Symbol.dispose]();
  assertEquals([stop.requested, process.listenerCount("SIGINT")], [false, before]);
});
