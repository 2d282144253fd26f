/**
 * Files that ranks write together: one autoencoder, and checkpoints in shards.
 *
 * @module
 */
export { type SaeShare, writeSaeInTurn } from "./sae_in_turn.ts";
export {
  listCheckpoints,
  moveCheckpoint,
  readSavedCheckpoint,
  removeCheckpoint,
  type SavedCheckpoint,
} from "./saved_checkpoints.ts";
export { writeCheckpointShard } from "./checkpoint_writing.ts";
export { type CodesShare, writeCodesInTurn } from "./codes_in_turn.ts";
