// Codes of 4 bits behind h_swish are curves on packed sums, without floats; those
// of 8 bits are rounded from floats.
// RUN: oqat-opt %s --bitpack-to-llvm-pipeline="target=avx512vnni" \
// RUN:   | mlir-translate --mlir-to-llvmir \
// RUN:   | llc -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+bmi2 \
// RUN:   | FileCheck %s

// And equal the interpreter.
// RUN: %python %inputs/compile_forced.py %s --compile-from=packed --target=avx512vnni -o %t
// RUN: oqat-run %t.so --check=3 | FileCheck %s --check-prefix=EQUAL
// RUN: %python %inputs/compile_forced.py %s --compile-from=packed --target=avx2 -o %t
// RUN: oqat-run %t.so --check=3 | FileCheck %s --check-prefix=EQUAL
// EQUAL: 3 pictures, every one of {{.*}} tensors equals the interpreter's

// CHECK-LABEL: net.1.curves:
// CHECK: vpackssdw {{.*}}%zmm
// CHECK-NOT: vcvtdq2ps
// CHECK: vpmaxsw {{.*}}%zmm
// CHECK: vpminsw {{.*}}%zmm
// CHECK: vpmullw {{.*}}%zmm
// CHECK-COUNT-3: vpmulhrsw {{.*}}%zmm
// CHECK: vpackuswb {{.*}}%zmm
// CHECK-NOT: vcvtdq2ps
// CHECK-LABEL: net.2.point:
// CHECK-NOT: vcvtdq2ps
// CHECK-COUNT-3: vpmulhrsw {{.*}}%zmm
// CHECK-LABEL: net.3.wide:
// CHECK-NOT: vpmulhrsw
// CHECK: vcvtdq2ps
// CHECK-LABEL: net.4.pool:
bitpack.network @net(%image: tensor<1x8x8x3xui8>) -> tensor<1x10xf32> {
  %q = bitpack.float_conv2d "stem" %image normalize dense<0.04> : tensor<3xf32>, dense<-2.0> : tensor<3xf32>
    weights dense<0.5> : tensor<16x1x1x3xf32> stride 1 scale dense<1.0> : tensor<16xf32>
    bias dense<0.0> : tensor<16xf32> activation relu quantize "curves.input" reciprocal 1.0
    : tensor<1x8x8x3xui8> -> tensor<1x8x8x16x!bitpack.codes<4>>
  %curves = bitpack.conv2d "curves" %q weights dense<27> : tensor<512xi8> bits 4 kernel [1, 1] stride 1
    scale dense<0.01> : tensor<64xf32> bias dense<1.0> : tensor<64xf32> activation h_swish
    quantize "point.input" reciprocal 4.2
    : tensor<1x8x8x16x!bitpack.codes<4>> -> tensor<1x8x8x64x!bitpack.codes<4>>
  %point = bitpack.conv2d "point" %curves weights dense<93> : tensor<2048xi8> bits 4 kernel [1, 1] stride 1
    scale dense<-0.013> : tensor<64xf32> bias dense<1.5> : tensor<64xf32> activation h_swish
    quantize "wide.input" reciprocal 3.9 zero_point 2
    : tensor<1x8x8x64x!bitpack.codes<4>> -> tensor<1x8x8x64x!bitpack.codes<4>>
  %wide = bitpack.conv2d "wide" %point input_zero_point 2 weights dense<27> : tensor<2048xi8> bits 4 kernel [1, 1] stride 1
    scale dense<0.01> : tensor<64xf32> bias dense<0.0> : tensor<64xf32> activation h_swish
    quantize "pool.input" reciprocal 13.0 zero_point 100
    : tensor<1x8x8x64x!bitpack.codes<4>> -> tensor<1x8x8x64x!bitpack.codes<8>>
  %pool = bitpack.pool "pool" %wide step 0.1 input_zero_point 100
    : tensor<1x8x8x64x!bitpack.codes<8>> -> tensor<1x1x1x64xf32>
  %logits = bitpack.linear "classifier" %pool weights dense<1.0> : tensor<10x64xf32>
    bias dense<0.0> : tensor<10xf32> : tensor<1x1x1x64xf32> -> tensor<1x10xf32>
  bitpack.return %logits : tensor<1x10xf32>
}
