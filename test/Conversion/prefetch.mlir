// Panels that are read once, as by layers of one pixel, are asked for while
// layers before multiply; one that the cache can't hold is, by its own kernel.
// RUN: oqat-opt %s --convert-bitpack-to-llvm="target=avx512vnni" | FileCheck %s
// RUN: oqat-opt %s --bitpack-to-llvm-pipeline="target=avx512vnni" | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+bmi2 \
// RUN:   | FileCheck %s --check-prefix=ASM

// Between the products of a register tile, a line for each group of inputs.
// ASM-LABEL: net.1.dense:
// ASM: prefetcht1
// ASM: vpdpbusd {{.*}}%zmm
// ASM-LABEL: net.2.expand:
// ASM: prefetcht1
// ASM: vpdpbusd {{.*}}%zmm
// Few weights, and one pixel.
// ASM-LABEL: net.3.small:
// ASM-NOT: prefetcht1
// ASM: ret{{[ql]?$}}

// Panels, each of 64 outputs of a tile: `dense` 9 * 256 * 512 bytes, `expand`
// 512 * 320 behind them, `small` 320 * 16, `mix` 320 * 4096 and `last` 4096 * 64.
// CHECK-LABEL: llvm.func @net_run(
// CHECK-SAME: %[[PREPARED:[a-z0-9]+]]: !llvm.ptr
// CHECK: %[[NULL:.*]] = llvm.mlir.zero

// 1179648 bytes are more than a cache keeps: the tiles behind the first, of
// 147456 bytes, are asked for by the kernel itself, and up to 1343488 what
// follows and isn't by the next one. Its 8 tiles of outputs go over 9 places (of
// 6 pixels, 49 / 6) with 576 groups each, 41472 prefetches for 1196032 bytes.
// CHECK: %[[AT1:.*]] = arith.constant 147456 : i64
// CHECK: %[[AHEAD1:.*]] = llvm.getelementptr %[[PREPARED]][%[[AT1]]]
// CHECK: llvm.mlir.addressof @net.1.dense
// The word says 7 units, rows, and 29 << 48.
// CHECK: %[[STEP1:.*]] = arith.constant 8162774324609031 : i64
// CHECK: llvm.call @net.dispatch({{.*}}, %[[AHEAD1]], %[[STEP1]],
// All of the 335360 bytes behind its own, in the 6400 prefetches of 5 tiles, 10
// places and 128 groups.
// CHECK: %[[END2:.*]] = arith.constant 1343488 : i64
// CHECK: %[[AHEAD2:.*]] = llvm.getelementptr %[[PREPARED]][%[[END2]]]
// CHECK: llvm.mlir.addressof @net.2.expand
// CHECK: %[[STEP2:.*]] = arith.constant 14918173765664777 : i64
// CHECK: llvm.call @net.dispatch({{.*}}, %[[AHEAD2]], %[[STEP2]],
// CHECK: llvm.mlir.addressof @net.3.small
// CHECK: %[[ZERO:.*]] = arith.constant 7 : i64
// CHECK: llvm.call @net.dispatch({{.*}}, %[[NULL]], %[[ZERO]],

bitpack.network @net(%image: tensor<1x7x7x3xui8>) -> tensor<1x64xf32> {
  %q = bitpack.float_conv2d "stem" %image normalize dense<1.0> : tensor<3xf32>, dense<-2.0> : tensor<3xf32>
    weights dense<0.5> : tensor<256x1x1x3xf32> stride 1 scale dense<1.0> : tensor<256xf32>
    bias dense<0.0> : tensor<256xf32> activation relu quantize "dense.input" reciprocal 4.0
    : tensor<1x7x7x3xui8> -> tensor<1x7x7x256x!bitpack.codes<8>>
  %dense = bitpack.conv2d "dense" %q weights dense<1> : tensor<1179648xi8> bits 8 kernel [3, 3] stride 1
    scale dense<0.1> : tensor<512xf32> bias dense<0.0> : tensor<512xf32> activation relu
    quantize "expand.input" reciprocal 4.0
    : tensor<1x7x7x256x!bitpack.codes<8>> -> tensor<1x7x7x512x!bitpack.codes<4>>
  %expand = bitpack.conv2d "expand" %dense weights dense<17> : tensor<81920xi8> bits 4 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<320xf32> bias dense<0.0> : tensor<320xf32> activation relu
    quantize "small.input" reciprocal 4.0
    : tensor<1x7x7x512x!bitpack.codes<4>> -> tensor<1x7x7x320x!bitpack.codes<4>>
  %small = bitpack.conv2d "small" %expand weights dense<17> : tensor<2560xi8> bits 4 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<16xf32> bias dense<0.0> : tensor<16xf32> activation relu
    : tensor<1x7x7x320x!bitpack.codes<4>> -> tensor<1x7x7x16xf32>
  %pool = bitpack.pool "pool" %small fraction 10 : tensor<1x7x7x16xf32> -> tensor<1x1x1x16xf32>
  %codes = bitpack.elementwise "mix.input" %pool quantize "mix.input" reciprocal 16.0
    : tensor<1x1x1x16xf32> -> tensor<1x1x1x16x!bitpack.codes<8>>
  %mix = bitpack.conv2d "mix" %codes weights dense<1> : tensor<65536xi8> bits 8 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<4096xf32> bias dense<0.0> : tensor<4096xf32> activation relu
    quantize "last.input" reciprocal 4.0
    : tensor<1x1x1x16x!bitpack.codes<8>> -> tensor<1x1x1x4096x!bitpack.codes<8>>
  %last = bitpack.conv2d "last" %mix weights dense<1> : tensor<262144xi8> bits 8 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<64xf32> bias dense<0.0> : tensor<64xf32>
    : tensor<1x1x1x4096x!bitpack.codes<8>> -> tensor<1x64xf32>
  bitpack.return %last : tensor<1x64xf32>
}
