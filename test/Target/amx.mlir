// RUN: oqat-opt %s --bitpack-to-llvm-pipeline="target=amx" -o %t.mlir
// RUN: FileCheck %s --check-prefix=IR < %t.mlir
// RUN: mlir-translate %t.mlir --mlir-to-llvmir -o %t.ll
// RUN: llc %t.ll -mtriple=x86_64-unknown-linux-gnu -mcpu=x86-64 -mattr=+avx512f,+avx512bw,+avx512dq,+avx512vl,+avx512vnni,+avx512vbmi,+bmi2,+amx-tile,+amx-int8 -o %t.s
// RUN: FileCheck %s < %t.s

// What is encoded is what was meant.
// RUN: llvm-mc -triple=x86_64-unknown-linux-gnu -filetype=obj %t.s -o %t.o
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=CODE

// 81 pixels are 3 blocks of 27, each two tiles of 14; 100 inputs are two steps
// of 13 rows of 4.
// IR-DAG: kernel = "tdpbusd-27x32", {{[^}]*}}name = "flat"
// Its configuration: palette 1; bytes per row: 64 of sums, 52 of codes, 64 of
// weights; rows: 14 of sums and codes, 13 of weights.
// IR-DAG: @oqat.data.{{[^(]+}}(dense<"0x0100000000000000000000000000000040004000400040003400340040004000000000000000000000000000000000000E0E0E0E0E0E0D0D0000000000000000
// Inputs of 9 taps, gathered.
// IR-DAG: kernel = "tdpbusd-27x16", {{[^}]*}}name = "gathered"
// Few inputs of 2 bits and many outputs, few inputs, one pixel.
// IR-DAG: kernel = "lookup8-{{[^}]*}}name = "low"
// IR-DAG: kernel = "vpdpbusd-{{[^}]*}}name = "few"
// IR-DAG: kernel = "vpdpbusd-1x{{[^}]*}}name = "pixel"

// The configuration, eight registers in use, and none in the end.
// CHECK-LABEL: net.1.flat:
// CHECK: ldtilecfg
// CHECK-DAG: tilezero %tmm0
// CHECK-DAG: tilezero %tmm1
// CHECK-DAG: tilezero %tmm2
// CHECK-DAG: tilezero %tmm3
// CHECK: tileloadd {{.*}}, %tmm4
// CHECK: tileloadd {{.*}}, %tmm5
// CHECK: tileloadd {{.*}}, %tmm6
// CHECK: tileloadd {{.*}}, %tmm7
// CHECK-DAG: tdpbusd %tmm6, %tmm4, %tmm0
// CHECK-DAG: tdpbusd %tmm7, %tmm4, %tmm1
// CHECK-DAG: tdpbusd %tmm6, %tmm5, %tmm2
// CHECK-DAG: tdpbusd %tmm7, %tmm5, %tmm3
// CHECK: tilestored %tmm0
// CHECK: tilestored %tmm3
// CHECK: vcvtdq2ps
// CHECK: tilerelease
// CHECK: retq
// CHECK-LABEL: net.2.gathered:
// CHECK: tdpbusd
// CHECK-LABEL: net.3.low:
// CHECK-NOT: tdpbusd
// CHECK: vpermb
// CHECK-LABEL: net.5.few:
// CHECK-NOT: tdpbusd
// CHECK: vpdpbusd
// CHECK-NOT: vfmadd
// CHECK-NOT: @PLT
// CHECK: .section .rodata.oqat.weights
// CODE-LABEL: <net.1.flat>:
// CODE: ldtilecfg
// CODE: tdpbusd %tmm6, %tmm4, %tmm0
// CODE: tilerelease
bitpack.network @net(%image: tensor<1x9x9x3xui8>) -> tensor<1x10xf32> {
  %stem = bitpack.float_conv2d "stem" %image normalize dense<1.0> : tensor<3xf32>, dense<-2.0> : tensor<3xf32>
    weights dense<0.5> : tensor<100x1x1x3xf32> stride 1 quantize "stem.codes" reciprocal 4.0
    : tensor<1x9x9x3xui8> -> tensor<1x9x9x100x!bitpack.codes<8>>
  %flat = bitpack.conv2d "flat" %stem weights dense<27> : tensor<4000xi8> bits 8 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<40xf32> bias dense<0.0> : tensor<40xf32> quantize "flat.codes" reciprocal 4.0
    : tensor<1x9x9x100x!bitpack.codes<8>> -> tensor<1x9x9x40x!bitpack.codes<8>>
  %gathered = bitpack.conv2d "gathered" %flat weights dense<27> : tensor<2880xi8> bits 4 kernel [3, 3] stride 1
    scale dense<0.1> : tensor<16xf32> bias dense<0.0> : tensor<16xf32> quantize "gathered.codes" reciprocal 4.0
    : tensor<1x9x9x40x!bitpack.codes<8>> -> tensor<1x9x9x16x!bitpack.codes<2>>
  %low = bitpack.conv2d "low" %gathered weights dense<27> : tensor<256xi8> bits 2 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<64xf32> bias dense<0.0> : tensor<64xf32> quantize "low.codes" reciprocal 4.0
    : tensor<1x9x9x16x!bitpack.codes<2>> -> tensor<1x9x9x64x!bitpack.codes<2>>
  %narrow = bitpack.conv2d "narrow" %low weights dense<27> : tensor<96xi8> bits 2 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<6xf32> bias dense<0.0> : tensor<6xf32> quantize "narrow.codes" reciprocal 4.0
    : tensor<1x9x9x64x!bitpack.codes<2>> -> tensor<1x9x9x6x!bitpack.codes<8>>
  %few = bitpack.conv2d "few" %narrow weights dense<27> : tensor<420xi8> bits 8 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<70xf32> bias dense<0.0> : tensor<70xf32>
    : tensor<1x9x9x6x!bitpack.codes<8>> -> tensor<1x9x9x70xf32>
  %pool = bitpack.pool "pool" %few fraction 3 : tensor<1x9x9x70xf32> -> tensor<1x1x1x70xf32>
  %codes = bitpack.elementwise "codes" %pool quantize "pool.codes" reciprocal 4.0
    : tensor<1x1x1x70xf32> -> tensor<1x1x1x70x!bitpack.codes<8>>
  %pixel = bitpack.conv2d "pixel" %codes weights dense<27> : tensor<700xi8> bits 8 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<10xf32> bias dense<0.0> : tensor<10xf32>
    : tensor<1x1x1x70x!bitpack.codes<8>> -> tensor<1x10xf32>
  bitpack.return %pixel : tensor<1x10xf32>
}
