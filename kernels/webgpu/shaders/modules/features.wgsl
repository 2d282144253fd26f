// Arrays of rows of d elements, read by fours where d is a multiple of four. An element of such an array is of
// type Features: vec4<f32> and WIDTH 4, or f32 and WIDTH 1.

alias Features = vec4<f32>;
const WIDTH: u32 = 4u;

// Four elements of a row, given consecutive elements of the array. At WIDTH 4 the first is enough.
fn quadOf(a: Features, b: Features, c: Features, d: Features) -> vec4<f32> {
  if (WIDTH == 4u) { return vec4<f32>(a); }
  return vec4<f32>(vec4<f32>(a).x, vec4<f32>(b).x, vec4<f32>(c).x, vec4<f32>(d).x);
}

// Σ a·b over the elements of two Features.
fn dotOf(a: Features, b: Features) -> f32 {
  let p = vec4<f32>(a);
  let q = vec4<f32>(b);
  if (WIDTH == 4u) { return dot(p, q); }
  return p.x * q.x;
}
