// Four elements of which `left`, at least one, are in their row: written at endPlaces(left), repeatLast(v, left) writes
// the last of them again in place of those past the end. So no element needs a branch of its own.

fn endPlaces(left: u32) -> vec4<u32> { return min(vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(left - 1u)); }

fn repeatLast(v: vec4<f32>, left: u32) -> vec4<f32> {
  let y = select(v.x, v.y, left > 1u);
  let z = select(y, v.z, left > 2u);
  return vec4<f32>(v.x, y, z, select(z, v.w, left > 3u));
}
