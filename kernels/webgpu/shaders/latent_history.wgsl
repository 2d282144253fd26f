// silentSteps_i ← restart if counts_i > 0, else silentSteps_i + increment
// importance_i ← decay·importance_i + (1 − decay)·squares_i / rows
//
// All [N]. One thread per latent.

struct Sizes {
  count: u32, groupsX: u32, rows: f32, decay: f32, rest: f32, increment: u32, restart: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read> squares: array<f32>;
@group(0) @binding(3) var<storage, read_write> silentSteps: array<u32>;
@group(0) @binding(4) var<storage, read_write> importance: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = (group.y * sizes.groupsX + group.x) * 256u + lane;
  if (e >= sizes.count) { return; }
  silentSteps[e] = select(silentSteps[e] + sizes.increment, sizes.restart, counts[e] > 0u);
  importance[e] = sizes.decay * importance[e] + sizes.rest * squares[e] / sizes.rows;
}
