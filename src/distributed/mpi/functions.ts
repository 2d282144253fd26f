/**
 * The functions of MPI that are called here, as C declares them.
 *
 * @module
 */
import type { Family, Handle } from "./families.ts";

/** Memory that MPI reads or writes: a view, which may be one of shared memory. */
export type Memory = ArrayBufferView;

/** The functions; each returns MPI_SUCCESS, which is 0, or an error. Addresses are numbers. */
export interface MpiFunctions {
  MPI_Initialized(flag: Memory): number;
  MPI_Init_thread(argc: Handle, argv: Handle, required: number, provided: Memory): number;
  MPI_Finalize(): number;
  MPI_Abort(comm: Handle, status: number): number;
  MPI_Get_library_version(version: Memory, length: Memory): number;
  MPI_Error_string(error: number, text: Memory, length: Memory): number;
  MPI_Comm_set_errhandler(comm: Handle, handler: Handle): number;
  MPI_Comm_rank(comm: Handle, rank: Memory): number;
  MPI_Comm_size(comm: Handle, size: Memory): number;
  MPI_Comm_split(comm: Handle, colour: number, key: number, made: Memory): number;
  MPI_Ibarrier(comm: Handle, request: Memory): number;
  MPI_Test(request: Memory, done: Memory, status: Handle): number;
  MPI_Exscan: Reduction;
  MPI_Allreduce: Reduction;
  MPI_Allgather: Gathering;
  MPI_Bcast(values: Memory, count: number, type: Handle, root: number, comm: Handle): number;
}

type Reduction = (
  send: Handle,
  receive: Memory,
  count: number,
  type: Handle,
  operation: Handle,
  comm: Handle,
) => number;

type Gathering = (
  send: Memory,
  sendCount: number,
  sendType: Handle,
  receive: Memory,
  receiveCount: number,
  receiveType: Handle,
  comm: Handle,
) => number;

const BUFFER = "buffer";
const INT = "i32";
const ADDRESS = "usize";

/** Returns the functions of a library that is loaded, where `handle` is the C type of handles. */
export function openFunctions(file: string, handle: Family["handle"]): MpiFunctions {
  const reduction = [ADDRESS, BUFFER, INT, handle, handle, handle] as const;
  return Deno.dlopen(file, {
    MPI_Initialized: { parameters: [BUFFER], result: INT },
    MPI_Init_thread: { parameters: [ADDRESS, ADDRESS, INT, BUFFER], result: INT },
    MPI_Finalize: { parameters: [], result: INT },
    MPI_Abort: { parameters: [handle, INT], result: INT },
    MPI_Get_library_version: { parameters: [BUFFER, BUFFER], result: INT },
    MPI_Error_string: { parameters: [INT, BUFFER, BUFFER], result: INT },
    MPI_Comm_set_errhandler: { parameters: [handle, handle], result: INT },
    MPI_Comm_rank: { parameters: [handle, BUFFER], result: INT },
    MPI_Comm_size: { parameters: [handle, BUFFER], result: INT },
    MPI_Comm_split: { parameters: [handle, INT, INT, BUFFER], result: INT },
    MPI_Ibarrier: { parameters: [handle, BUFFER], result: INT },
    MPI_Test: { parameters: [BUFFER, BUFFER, ADDRESS], result: INT },
    MPI_Exscan: { parameters: reduction, result: INT },
    MPI_Allreduce: { parameters: reduction, result: INT },
    MPI_Allgather: {
      parameters: [BUFFER, INT, handle, BUFFER, INT, handle, handle],
      result: INT,
    },
    MPI_Bcast: { parameters: [BUFFER, INT, handle, INT, handle], result: INT },
  }).symbols as MpiFunctions;
}
