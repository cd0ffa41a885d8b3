// RUN: oqat-opt %S/../Target/Inputs/block.mlir --convert-bitpack-to-llvm="target=avx512vnni" | FileCheck %s

// What the manifest needs to know.
// CHECK: module attributes {oqat.network = {
// CHECK-SAME: channels = 3 : i64, classes = 10 : i64, height = 9 : i64
// CHECK-SAME: layers = [{bits_a = 32 : i64, bits_w = 32 : i64, input_bytes = 243 : i64, kernel = "f32", kind = "float_conv2d", macs = 34992 : i64, name = "stem", weight_bytes = 1728 : i64},
// Weight byte 27 is -1, -2, 1 and 0, and codes reach 3: of 16 weights 4 * -3 * 3
// to 4 * 1 * 3. Of 9 weights in a row -8 * 3 to 3 * 3, of 9 of 127 9 * 127 * 255.
// CHECK-SAME: {accumulator = {bits = 16 : i64, max = 12 : i64, min = -36 : i64}, bits_a = 2 : i64, bits_w = 2 : i64, input_bytes = 1296 : i64, kernel = "vpdpbusd-6x64", kind = "conv2d", macs = 82944 : i64, name = "ib", weight_bytes = 256 : i64},
// CHECK-SAME: {accumulator = {bits = 16 : i64, max = 9 : i64, min = -24 : i64}, bits_a = 2 : i64, bits_w = 2 : i64, input_bytes = 5184 : i64, kernel = "quads", kind = "depthwise_conv2d", macs = 46656 : i64, name = "dw", weight_bytes = 144 : i64},
// CHECK-SAME: {accumulator = {bits = 32 : i64, max = 291465 : i64, min = 0 : i64}, bits_a = 8 : i64, bits_w = 8 : i64, input_bytes = 5184 : i64, kernel = "quads", kind = "depthwise_conv2d", {{.*}} name = "dw8", weight_bytes = 576 : i64},
// CHECK-SAME: name = "net"
// 4 * 64 * 4 bytes of panel for ib, 3 * 64 * 4 each for dw and dw8.
// CHECK-SAME: prepared_bytes = 2560 : i64
// Codes only live until the next layer has run: two buffers take turns.
// CHECK-SAME: scratch_bytes = {{[0-9]+}} : i64
// CHECK-SAME: target = "avx512vnni"
// CHECK-SAME: tensors = [{dtype = "u8", name = "ib.input", shape = [9, 9, 16]},
// CHECK-SAME: {dtype = "f32", name = "logits", shape = [10]}]

// Packed weights, each layer's at a multiple of 64 bytes.
// CHECK: llvm.mlir.global internal constant @net.weights(
// CHECK-SAME: tensor<1088xi8>
// CHECK-SAME: section = ".rodata.oqat.weights"
// Constants are called by their contents.
// CHECK: llvm.mlir.global linkonce_odr hidden constant @oqat.data.{{[^(]+}}(

// One function per layer over a range of units; the register tile is 6 pixels
// by 4 vectors.
// CHECK: llvm.func internal @net.0.stem(
// CHECK: llvm.func internal @net.1.ib(%{{.*}}: !llvm.ptr {llvm.noalias}
// CHECK-SAME: passthrough = ["noinline", "no-builtins"]
// CHECK: scf.for
// CHECK-COUNT-24: "llvm.x86.avx512.vpdpbusd.512"
// CHECK-NOT: vpdpbusd
// Every accumulator was tried: rounded once, the codes are the same.
// CHECK: %[[Z:.*]] = arith.sitofp
// CHECK: llvm.intr.fma(%[[Z]],

// Fours of taps, for any weights.
// CHECK: llvm.func internal @net.2.dw(
// CHECK-NOT: muli {{.*}} : vector<16xi32>
// CHECK: "llvm.x86.avx512.vpdpbusd.512"
// CHECK: llvm.func internal @net.3.dw8(
// CHECK-NOT: vector<32xi16>
// CHECK: "llvm.x86.avx512.vpdpbusd.512"
// Floats stay: multiply, then add (N1).
// CHECK: %[[Y:.*]] = arith.sitofp
// CHECK: %[[SCALED:.*]] = arith.mulf %[[Y]],
// CHECK: arith.addf %[[SCALED]],

// One for each kind of panel.
// CHECK: llvm.func internal @net.unpack.2_4_1(
// CHECK: llvm.func internal @net.unpack.2_4_1_taps(
// CHECK: llvm.func internal @net.unpack.8_4_1_taps(
// CHECK: llvm.func @net_prepare(%{{.*}}: !llvm.ptr) -> i32
// CHECK: llvm.call @net.unpack.2_4_1(
// CHECK: llvm.call @net.unpack.2_4_1_taps(
// CHECK: llvm.call @net.unpack.8_4_1_taps(
// The stem and the depthwise layers have other threads, the last ones none.
// CHECK: llvm.func @net_run({{.*}}, %[[PARALLEL:[a-z0-9]+]]: !llvm.ptr) -> i32
// CHECK: %[[NULL:.*]] = llvm.mlir.zero
// CHECK: llvm.mlir.addressof @net.0.stem
// CHECK: llvm.call @net.dispatch({{.*}}, %[[PARALLEL]])
// CHECK: llvm.mlir.addressof @net.3.dw8
// CHECK: llvm.call @net.dispatch({{.*}}, %[[PARALLEL]])
// CHECK: llvm.mlir.addressof @net.4.pool
// CHECK: llvm.call @net.dispatch({{.*}}, %[[NULL]])
// CHECK: llvm.mlir.addressof @net.5.classifier
// CHECK: llvm.call @net.dispatch({{.*}}, %[[NULL]])
// CHECK-NOT: bitpack.
