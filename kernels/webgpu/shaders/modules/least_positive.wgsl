// leastPositive(key): the least of the values of a workgroup's threads, given each as complementOf(value); 0 if none
// is positive. Atomics on integers: the same bits every time.
//
// Every thread must call it, once.

var<workgroup> complement: atomic<u32>;

// The bits of positive floats ascend with their values; the largest complement is that of the least. 0 stands for
// values that are not positive, or not finite.
fn complementOf(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  return select(0u, ~bits, bits > 0u && bits < 0x7f800000u);
}

fn leastPositive(key: u32) -> f32 {
  atomicMax(&complement, key);
  workgroupBarrier();
  let largest = atomicLoad(&complement);
  return bitcast<f32>(select(~largest, 0u, largest == 0u));
}
