// runOf(g): latent, first entry and end of the run of entries that workgroup g takes. The entries of a latent
// are cut into runs, so that one that is active in many rows does not keep one workgroup while the others wait:
// the head, up to the second multiple of CHUNK past its first entry, and windows, CHUNK entries from each
// further multiple on. Heads come first among the workgroups, then windows.
//
// Uses sizes.N, sizes.latents, sizes.firstLatent and the binding latentOffsets [N + 1] of the shader.

const CHUNK: u32 = 256u;

// Where the windows of a latent begin, if its entries reach so far.
fn headEnd(begin: u32) -> u32 { return (begin + CHUNK - 1u) / CHUNK * CHUNK + CHUNK; }

// The latent that entry e belongs to: the last that begins at or before e.
fn latentOfEntry(e: u32) -> u32 {
  var low = 0u;
  var high = sizes.N;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (latentOffsets[middle] <= e) { low = middle; } else { high = middle; }
  }
  return low;
}

// An end before the first entry means that there is nothing to do.
fn runOf(g: u32) -> vec3<u32> {
  if (g < sizes.latents) {
    let i = sizes.firstLatent + g;
    let begin = latentOffsets[i];
    return vec3<u32>(i, begin, min(latentOffsets[i + 1u], headEnd(begin)));
  }
  let first = (g - sizes.latents) * CHUNK;
  if (first >= latentOffsets[sizes.N]) { return vec3<u32>(0u, 1u, 0u); }
  let i = latentOfEntry(first);
  let mine = i >= sizes.firstLatent && i < sizes.firstLatent + sizes.latents;
  if (!mine || first < headEnd(latentOffsets[i])) { return vec3<u32>(0u, 1u, 0u); }
  return vec3<u32>(i, first, min(latentOffsets[i + 1u], first + CHUNK));
}
