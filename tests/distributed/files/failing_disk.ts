/** Disks that fail or die at a chosen call, and folders to watch. */
import { type Communicator, runRanks } from "../../../mod.ts";
import { DISK, type Disk } from "../../../src/distributed/files/disk.ts";

type Call = keyof Disk;

/** Returns a disk that lets `act` replace or accompany each call; `act` may throw, or do the call with `go`. */
export function interceptedDisk(
  act: (call: Call, path: string, go: () => Promise<unknown>) => Promise<unknown>,
): Disk {
  return new Proxy(DISK, {
    get(disk, call: Call) {
      return (...args: [string, ...unknown[]]) =>
        act(call, args[0], () => Reflect.apply(disk[call], disk, args) as Promise<unknown>);
    },
  });
}

/** The error of a full disk, as the system reports it. */
export function fullDisk(): Error {
  return Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
}

/** A process of a rank that is killed at some call of the file system. */
export class MortalRank {
  calls = 0;
  dead = false;
  readonly disk: Disk;

  /**
   * Dies at call `at`, before or after it takes effect, and takes the other ranks with it, as MPI does.
   *
   * @param whenKilled Called at that moment.
   */
  constructor(communicator: Communicator, at: number, after: boolean, whenKilled: () => void) {
    this.disk = interceptedDisk(async (call, path, go) => {
      if (this.dead) throw new Error("the process is dead");
      if (this.calls++ !== at) return await go();
      if (after) await go();
      // A process that dies while it writes leaves a part of a file under a temporary name.
      else if (call === "write") await Deno.writeTextFile(`${path}.0123abcd.tmp`, "half a file");
      this.dead = true;
      whenKilled();
      communicator.abort("killed");
      throw new Error("the process is dead");
    });
  }
}

export { inFolder, names } from "../../folders.ts";

/** Runs ranks and returns the message of each rank's error, or "done". */
export function outcomes(
  size: number,
  body: (communicator: Communicator) => Promise<unknown>,
): Promise<string[]> {
  return runRanks(size, async (communicator) => {
    try {
      await body(communicator);
      return "done";
    } catch (error) {
      return (error as Error).message;
    }
  });
}
