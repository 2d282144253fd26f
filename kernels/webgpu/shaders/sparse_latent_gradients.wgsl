// out_i = Σ_e factor_e · rows_(m, row e) + pull_i D_i over the entries e of latent i: ∂D from f and G;
// with BLOCKED off ∂E from ∂f and x, without the pull. With ADDS, added to what was there.
//
// Codes by latent: latentOffsets [N + 1], latentRows and factors [K]. rows [P, B, d], D and out
// [latents, d]. A workgroup takes a run of one latent's entries in order, a thread a column; what
// comes after the head of a latent is left in partials [windows, d] for sparse_latent_gradients_rest.
// modules: features, latent, entry_runs

const LANES: u32 = 64u;
const BLOCKED: bool = true;
const ADDS: bool = false;

struct Sizes {
  groups: u32, groupsX: u32, B: u32, N: u32, latents: u32, firstLatent: u32, columns: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> latentOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> latentRows: array<u32>;
@group(0) @binding(3) var<storage, read> factors: array<f32>;
@group(0) @binding(4) var<storage, read> rows: array<Features>;
@group(0) @binding(5) var<storage, read> latents: array<Latent>;
@group(0) @binding(6) var<storage, read> decoder: array<Features>;
@group(0) @binding(7) var<storage, read_write> gradient: array<Features>;
@group(0) @binding(8) var<storage, read_write> partials: array<Features>;

// The rows of four entries from e on. Those past the last entry are not used.
fn four(e: u32) -> vec4<u32> {
  return vec4<u32>(latentRows[e], latentRows[e + 1u], latentRows[e + 2u], latentRows[e + 3u]);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let g = group.y * sizes.groupsX + group.x;
  if (g >= sizes.groups) { return; }
  let run = runOf(g);
  if (run.z < run.y) { return; }
  var plane = 0u;
  if (BLOCKED) { plane = latents[run.x].block * sizes.B; }
  let own = (run.x - sizes.firstLatent) * sizes.columns;
  for (var k = lane; k < sizes.columns; k += LANES) {
    var sum = Features();
    // Four at a time, so that their loads overlap. The next rows' numbers are under way meanwhile.
    var e = run.y;
    var i = four(e);
    while (e + 4u <= run.z) {
      let at = (plane + i) * sizes.columns + k;
      let r0 = rows[at.x]; let r1 = rows[at.y]; let r2 = rows[at.z]; let r3 = rows[at.w];
      let f = vec4<f32>(factors[e], factors[e + 1u], factors[e + 2u], factors[e + 3u]);
      e += 4u;
      i = four(e);
      sum += f.x * r0;
      sum += f.y * r1;
      sum += f.z * r2;
      sum += f.w * r3;
    }
    for (; e < run.z; e++) {
      sum += factors[e] * rows[(plane + latentRows[e]) * sizes.columns + k];
    }
    if (g >= sizes.latents) {
      partials[(g - sizes.latents) * sizes.columns + k] = sum;
    } else {
      if (BLOCKED) { sum += latents[run.x].pull * decoder[own + k]; }
      if (ADDS) { gradient[own + k] += sum; } else { gradient[own + k] = sum; }
    }
  }
}
