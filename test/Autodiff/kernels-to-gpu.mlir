// The kernels of the CPU, through gpu and NVVM to PTX; the loop over channels
// becomes threads, sums stay in order inside a thread.
//
// RUN: oqat-opt %inputs/small-supernet.mlir -o %t.gpu.mlir \
// RUN:   --oqat-build-training-kernels=channels-outermost --oqat-map-kernels-to-gpu
// RUN: FileCheck %s --input-file=%t.gpu.mlir --check-prefix=GPU
// RUN: oqat-opt %t.gpu.mlir -o %t.ptx.mlir \
// RUN:   --gpu-lower-to-nvvm-pipeline="cubin-chip=sm_90 cubin-features=+ptx83 cubin-format=isa"
// RUN: FileCheck %s --input-file=%t.ptx.mlir --check-prefix=PTX
// RUN: not grep -E 'fma[.]|[.]ftz|[.]approx|(mul|add)[.]f32' %t.ptx.mlir

// GPU: gpu.func @rescale_relu_quantize_backward_kernel({{.*}}) kernel attributes {{.*}}known_block_size = array<i32: 128, 1, 1>
// GPU: scf.for
// GPU: scf.for
// GPU: math.roundeven

// Multiplications and additions carry their rounding, so that ptxas fuses none.
// PTX: gpu.binary @rescale_relu_quantize_forward_kernel
// PTX-SAME: .target sm_90
// PTX-SAME: .visible .entry rescale_relu_quantize_forward_kernel(
// PTX-SAME: mul.rn.f32
// PTX-SAME: add.rn.f32
// PTX-SAME: cvt.rni.f32.f32
// PTX-SAME: cvt.rzi.s32.f32
// PTX-SAME: st.global.u8
// PTX: gpu.binary @rescale_relu_quantize_backward_kernel
// PTX-SAME: sub.rn.f32
// PTX: gpu.binary @rescale_add_backward_kernel
