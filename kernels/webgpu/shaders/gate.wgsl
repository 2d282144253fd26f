// Opens one side of a branch and closes the other: the dispatches of a closed side have no workgroups.
//
// flag u32 [1]; table [entries]: x, y and side of every conditional dispatch; counts: whether each
// side is open [header], then x, y, z of every conditional dispatch.
// One workgroup; its threads take the entries of this branch in turn.

struct Sizes { branch: u32, parent: u32, entries: u32, header: u32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> flag: array<u32>;
@group(0) @binding(2) var<storage, read> table: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> counts: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  // A branch inside a branch opens only if the side that holds it is open.
  var reached = true;
  if (sizes.parent > 0u) { reached = counts[sizes.parent - 1u] != 0u; }
  let zero = 1u + 2u * sizes.branch;
  let taken = select(zero + 1u, zero, flag[0] == 0u);
  if (lane < 2u) { counts[zero - 1u + lane] = select(0u, 1u, reached && taken == zero + lane); }
  for (var e = lane; e < sizes.entries; e += 64u) {
    let entry = table[e];
    if (entry.z == zero || entry.z == zero + 1u) {
      let open = reached && entry.z == taken;
      counts[sizes.header + 3u * e] = select(0u, entry.x, open);
      counts[sizes.header + 3u * e + 1u] = select(0u, entry.y, open);
      counts[sizes.header + 3u * e + 2u] = select(0u, 1u, open);
    }
  }
}
