/**
 * What the two families of MPI libraries lay down differently in their `mpi.h`. Within a family it is the same for
 * all libraries and versions: the ABI of Open MPI, and that of MPICH, which Intel MPI, Cray MPICH and MVAPICH share.
 *
 * @module
 */

/** A communicator, datatype or operation of MPI. */
export type Handle = bigint | number;

/** One family of MPI libraries. */
export interface Family {
  /** Its name, for people. */
  readonly name: "Open MPI" | "MPICH";
  /** The type of its handles in C: an address, or an int. */
  readonly handle: "usize" | "i32";
  /** Constant handles: names of exported symbols whose address is the handle, or the handles themselves. */
  readonly handles: Readonly<
    Record<"world" | "float32" | "float64" | "uint32" | "sum" | "errorsReturn", string | number>
  >;
  /** The address MPI_IN_PLACE. */
  readonly inPlace: bigint;
  /** The address MPI_STATUS_IGNORE. */
  readonly statusIgnore: bigint;
  /** How MPI_Get_library_version begins. */
  readonly version: RegExp;
  /** The usual names of its libraries, by operating system. */
  readonly libraries: Readonly<Record<string, readonly string[]>>;
  /** What to install on Debian. */
  readonly packages: string;
}

/** Both families. Which one a library belongs to shows in its exports. */
export const FAMILIES: readonly Family[] = [
  {
    name: "Open MPI",
    handle: "usize",
    handles: {
      world: "ompi_mpi_comm_world",
      float32: "ompi_mpi_float",
      float64: "ompi_mpi_double",
      uint32: "ompi_mpi_unsigned",
      sum: "ompi_mpi_op_sum",
      errorsReturn: "ompi_mpi_errors_return",
    },
    inPlace: 1n,
    statusIgnore: 0n,
    version: /^Open MPI|^IBM Spectrum MPI/,
    libraries: {
      linux: ["libmpi.so.40", "libmpi.so"],
      darwin: ["libmpi.40.dylib", "libmpi.dylib", "/opt/homebrew/lib/libmpi.dylib"],
    },
    packages: "openmpi-bin and libopenmpi3",
  },
  {
    name: "MPICH",
    handle: "i32",
    handles: {
      world: 0x44000000,
      float32: 0x4c00040a,
      float64: 0x4c00080b,
      uint32: 0x4c000406,
      sum: 0x58000003,
      errorsReturn: 0x54000001,
    },
    inPlace: 0xffff_ffff_ffff_ffffn, // −1
    statusIgnore: 1n,
    version: /MPICH|MVAPICH|Intel\(R\) MPI|ParaStation/i,
    libraries: {
      // Debian's own name, that of MPICH, Intel MPI and MVAPICH elsewhere, and Cray's.
      linux: ["libmpich.so.12", "libmpi.so.12", "libmpi_cray.so.12", "libmpi.so"],
      darwin: ["libmpi.12.dylib", "libmpi.dylib", "/opt/homebrew/lib/libmpi.dylib"],
    },
    packages: "mpich",
  },
];

/** MPI_THREAD_FUNNELED, in both families: one thread calls MPI, others only compute. */
export const THREAD_FUNNELED = 1;

/** More than both families' MPI_MAX_LIBRARY_VERSION_STRING (256; 8192) and MPI_MAX_ERROR_STRING (256; 512). */
export const TEXT_BYTES = 8192;

/** Returns a library's version in short, from what MPI_Get_library_version gives: `Open MPI 4.1.4`. */
export function shortVersion(text: string): string {
  const [first] = text.split(/[\0\n,]/, 1);
  return first.replace(/\s+version\s*:?\s*/i, " ").replace(/ v(?=\d)/, " ").trim().slice(0, 80);
}
