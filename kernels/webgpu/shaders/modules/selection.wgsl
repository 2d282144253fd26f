// The state of the search for the kB-th largest activation of a batch.

struct Selection {
  // The bits of it that are found, and a mask of their positions.
  threshold: u32, mask: u32,
  // How many activations with these bits are to be kept; `all` is 1 if there are too few positives to choose.
  wanted: u32, all: u32,
}
