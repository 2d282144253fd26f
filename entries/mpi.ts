/**
 * MPI, which carries training over several processes or machines.
 *
 * @module
 */
export {
  type Communicator,
  connectMpi,
  type MpiCommunicator,
  type MpiOptions,
  type Numbers,
} from "../src/distributed/mpi/connect.ts";
