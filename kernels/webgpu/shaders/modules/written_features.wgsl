// featuresOf(v): four elements as one of an array of Features, which is the reverse of quadOf. At WIDTH 1 it is the
// first of them. Every condition is constant, so nothing is left to compute.
// modules: features

// At WIDTH 1 this is 0.0.
const PLACES: Features = vec4<f32>(0.0, 1.0, 2.0, 3.0);

fn featuresOf(v: vec4<f32>) -> Features {
  let last = select(Features(v.w), Features(v.z), PLACES == Features(2.0));
  return select(select(last, Features(v.y), PLACES == Features(1.0)), Features(v.x), PLACES == Features(0.0));
}
