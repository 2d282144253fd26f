/** A rank like that of all_calls.ts, whose messages are cut: in_pieces.ts FOLDER MOST_COUNT LENGTH… */

import { finalizeAtLast } from "../../../src/distributed/mpi/ending.ts";
import { MpiGroup } from "../../../src/distributed/mpi/group.ts";
import { loadLibrary } from "../../../src/distributed/mpi/library.ts";
import { launcherOf } from "../../../src/distributed/mpi/launcher.ts";
import { Session } from "../../../src/distributed/mpi/session.ts";
import { runCalls } from "./calls.ts";

const [folder, mostCount, ...lengths] = Deno.args;
const session = new Session(loadLibrary(undefined, launcherOf((name) => Deno.env.get(name))));
const count = Number(mostCount);
const most = { combined: count, scanned: count, gathered: count };
const group = new MpiGroup(session, session.handles.world, most);
const { rank, description } = group;
const results = await runCalls(group, lengths.map(Number));
await Deno.writeTextFile(`${folder}/${rank}.json`, JSON.stringify({ description, results }));
finalizeAtLast(session);
