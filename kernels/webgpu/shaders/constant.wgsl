// values[0] = a number.

struct Sizes { value: f32 }

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read_write> values: array<f32>;

@compute @workgroup_size(1)
fn main() { values[0] = sizes.value; }
