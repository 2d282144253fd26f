/** A rank that ends as its argument says, while the others wait for it or end well. */

import { connectMpi } from "../../../entries/mpi.ts";
import { endWithProcess } from "../../../src/distributed/mpi/ending.ts";
import { MpiGroup } from "../../../src/distributed/mpi/group.ts";
import { launcherOf } from "../../../src/distributed/mpi/launcher.ts";
import { loadLibrary } from "../../../src/distributed/mpi/library.ts";
import { Session } from "../../../src/distributed/mpi/session.ts";

type Ending = (last: boolean) => void | Promise<void>;

const connected = Deno.args[0] === "leaves" ? undefined : await connectMpi();
const later = () => new Promise<void>((resolve) => setTimeout(resolve, 5000));

/** On the last rank these end the job, while the others wait in a call. */
const FAILURES: Record<string, Ending> = {
  throws() {
    throw new RangeError("no data");
  },
  async "throws later"() {
    setTimeout(() => {
      throw new RangeError("no data");
    }, 10);
    await later();
  },
  async rejects() {
    Promise.reject(new RangeError("no data", { cause: new Error("no disk") }));
    await later();
  },
  "throws while disposing"() {
    using _ = connected;
    throw new RangeError("no data");
  },
  exits: () => Deno.exit(3),
  "sets the status": () => void (Deno.exitCode = 3),
  "is killed": () => Deno.kill(Deno.pid, "SIGKILL"),
  aborts: () => connected!.abort("no data", 7),
  "aborts in a group": async () => (await connected!.split(1)).abort("no data", 7),
};

const ENDINGS: Record<string, () => void> = {
  finalizes: () => connected!.finalize(),
  "finalizes twice"() {
    connected!.finalize();
    connected!.finalize();
  },
  forgets() {},
  "forgets and exits": () => Deno.exit(0),
  disposes() {
    using _ = connected;
  },
};

const [ending] = Deno.args;
if (ending === "leaves") {
  // Without `finalize()`, and the others wait: as with connectMpi(), but for shorter times.
  const session = new Session(loadLibrary(undefined, launcherOf((name) => Deno.env.get(name))));
  endWithProcess(session, 0.1, 0.5);
  const group = new MpiGroup(session, session.handles.world);
  if (group.rank > 0) await group.allReduce(new Float32Array(1));
} else if (ending in ENDINGS) {
  ENDINGS[ending]();
} else {
  const { rank, size } = connected!;
  const last = rank === size - 1;
  if (ending === "aborts in a group" && !last) await connected!.split(0);
  if (last) await FAILURES[ending](last);
  // A rank that has set its status is at its end.
  if (!last || Deno.exitCode === 0) await connected!.allReduce(new Float32Array(1));
}
