// Training kernels as threads: channels in vectors, sums within warps and
// blocks, all multiplications and additions rounded on their own.
//
// RUN: oqat-opt %inputs/small-supernet.mlir -o %t.gpu.mlir \
// RUN:   --oqat-build-training-kernels --convert-training-kernels-to-gpu
// RUN: FileCheck %s --input-file=%t.gpu.mlir --check-prefix=GPU
// RUN: oqat-opt %t.gpu.mlir -o %t.ptx.mlir \
// RUN:   --oqat-gpu-kernels-to-binary="chip=sm_90 format=isa"
// RUN: FileCheck %s --input-file=%t.ptx.mlir --check-prefix=PTX
// RUN: sed 's/\\0A/\n/g' %t.ptx.mlir | awk '/[.]entry/ { exact = !/_codes|weight_gradient/ } exact' > %t.exact
// RUN: grep -q 'add[.]rn[.]f64' %t.exact
// RUN: not grep -E 'fma[.]' %t.exact
// RUN: not grep -E '[.]ftz|[.]approx|(mul|add|sub)[.]f(32|64)' %t.ptx.mlir

// GPU-NOT: func.func
// GPU: gpu.module @kernels
// GPU: gpu.func @rescale_relu_quantize_backward(%[[X:[^:]*]]: memref<?x?x?xvector<4xf32>>, %[[A:[^:]*]]: memref<?xvector<4xf32>>,
// GPU-SAME: %[[QUANT:[^:]*]]: memref<?xf32>
// GPU-SAME: workgroup(%[[SUM:[^ ]*]] : memref<8x32xvector<4xf32>, #gpu.address_space<workgroup>>
// GPU-SAME: kernel attributes {nvvm.maxntid = array<i32: 256>}
// What a channel has is read once.
// GPU: memref.load %[[A]]
// GPU: scf.for %[[PIXEL:.*]] = {{.*}} iter_args
// GPU: memref.load %[[X]][%{{.*}}, %[[PIXEL]], %{{.*}}]
// GPU: math.roundeven {{.*}} : vector<4xf32>
// GPU: scf.yield
// GPU: scf.for {{.*}} : i32
// GPU: gpu.shuffle xor
// GPU: memref.store %{{.*}}, %[[SUM]]
// GPU: gpu.barrier
// GPU-COUNT-8: memref.load %[[SUM]]
// GPU: scf.if
// GPU: memref.store {{.*}} : memref<?x?x?xvector<4xf32>>
// GPU: gpu.func @sum_partials(%{{.*}}: memref<?x?x?xvector<4xf32>>, %[[OUT:[^:]*]]: memref<?x?xvector<4xf32>>)
// GPU: memref.load %[[OUT]]
// GPU: arith.addf
// GPU: memref.store {{.*}}, %[[OUT]]

// Multiplications and additions carry their rounding, so that ptxas fuses none.
// PTX: gpu.binary @kernels
// PTX-SAME: .target sm_90
// PTX-SAME: .visible .entry rescale_relu_quantize_forward(
// PTX-SAME: ld.global.v4.f32
// PTX-SAME: mul.rn.f32
// PTX-SAME: add.rn.f32
// PTX-SAME: cvt.rni.f32.f32
// PTX-SAME: cvt.rzi.s32.f32
// PTX-SAME: st.global.u32
// PTX-SAME: .visible .entry rescale_relu_quantize_backward(
// PTX-SAME: sub.rn.f32
// PTX-SAME: st.global.v4.f32
// PTX-SAME: shfl.sync.bfly.b32
// PTX-SAME: st.shared.v4.f32
// PTX-SAME: bar.sync
// PTX-SAME: ld.shared.v4.f32
// A square root is the instruction that rounds, no call.
// PTX-SAME: .visible .entry integer_fold_norm(
// PTX-SAME: div.rn.f64
// PTX-SAME: sqrt.rn.f64
// PTX-SAME: .visible .entry sum_partials(
// PTX-SAME: .visible .entry float_dot_4(
// PTX-SAME: ld.global.v4.f32
// PTX-SAME: add.rn.f32
// Depthwise sums of codes are integers, which one rounding leaves exact.
// PTX-SAME: .visible .entry depthwise_3_1(
// PTX-SAME: .visible .entry depthwise_3_1_codes(
// PTX-SAME: fma.rn.f32
// PTX-SAME: .visible .entry depthwise_input_gradient_3_1(
// PTX-SAME: add.rn.f32
// PTX-SAME: .visible .entry depthwise_weight_gradient_7_2_codes(
// PTX-SAME: shfl.sync.bfly.b32
