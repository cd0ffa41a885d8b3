// Evenly spaced thresholds become lines on packed sums, whose constants are in
// the order that packing leaves: parts come together once, as bytes.
// RUN: oqat-opt %s --bitpack-choose-requantization=form=thresholds --bitpack-to-llvm-pipeline="target=avx512vnni" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+bmi2 \
// RUN:   | FileCheck %s

// CHECK-LABEL: net.1.lines:
// CHECK: vpackssdw {{.*}}%zmm
// Only constants are permuted, which loops have in common.
// CHECK-NOT: vperm{{[a-z]}} %zmm
// CHECK: vpmulhrsw {{.*}}%zmm
// CHECK-NOT: vperm{{[a-z]}} %zmm
// CHECK: vpackuswb {{.*}}%zmm
// CHECK: vpermd %zmm
// CHECK-LABEL: net.2.pool:
bitpack.network @net(%image: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %q = bitpack.float_conv2d "stem" %image normalize dense<1.0> : tensor<3xf32>, dense<-2.0> : tensor<3xf32>
    weights dense<0.5> : tensor<16x1x1x3xf32> stride 1 scale dense<1.0> : tensor<16xf32>
    bias dense<0.0> : tensor<16xf32> activation relu quantize "lines.input" reciprocal 4.0
    : tensor<1x8x8x3xui8> -> tensor<1x8x8x16x!bitpack.codes<4>>
  %lines = bitpack.conv2d "lines" %q weights dense<27> : tensor<512xi8> bits 4 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<64xf32> bias dense<0.0> : tensor<64xf32> activation relu
    quantize "pool.input" reciprocal 2.0
    : tensor<1x8x8x16x!bitpack.codes<4>> -> tensor<1x8x8x64x!bitpack.codes<4>>
  %pool = bitpack.pool "pool" %lines step 2.0
    : tensor<1x8x8x64x!bitpack.codes<4>> -> tensor<1x1x1x64xf32>
  %logits = bitpack.linear "classifier" %pool weights dense<1.0> : tensor<10x64xf32>
    bias dense<0.0> : tensor<10xf32> : tensor<1x1x1x64xf32> -> tensor<1x10xf32>
  bitpack.return %logits : tensor<1x10xf32>
}
