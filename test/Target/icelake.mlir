// Where two products and one lookup start in a cycle, products are better for
// outputs that leave much of a vector of bytes empty, and lookups for others.
// The kernels themselves are those of avx512vbmi, but for sums of what is
// looked up, which saturate: what does that takes no turn of a lookup.
// RUN: oqat-opt %s --convert-bitpack-to-llvm="target=avx512vbmi" | FileCheck %s --check-prefix=ONE
// RUN: oqat-opt %s --convert-bitpack-to-llvm="target=icelake" | FileCheck %s --check-prefix=TWO

// ONE: kernel = "lookup8-{{[0-9x]+}}", {{.*}} name = "wide"
// ONE-SAME: kernel = "lookup16-{{[0-9x]+}}", {{.*}} name = "narrow"
// ONE-SAME: kernel = "lookup16-{{[0-9x]+}}", {{.*}} name = "dense"
// TWO: kernel = "lookup8-{{[0-9x]+}}", {{.*}} name = "wide"
// TWO-SAME: kernel = "vpdpbusd-{{[0-9x]+}}", {{.*}} name = "narrow"
// TWO-SAME: kernel = "winograd-vpdpbusd-{{[0-9x]+}}", {{.*}} name = "dense"
// ONE-NOT: llvm.intr.uadd.sat
// TWO-LABEL: llvm.func internal @net.1.wide
// TWO: llvm.intr.uadd.sat{{.*}}vector<64xi8>
bitpack.network @net(%image: tensor<1x28x28x3xui8>) -> tensor<1x10xf32> {
  %q = bitpack.float_conv2d "stem" %image normalize dense<1.0> : tensor<3xf32>, dense<-2.0> : tensor<3xf32>
    weights dense<0.5> : tensor<48x1x1x3xf32> stride 1 scale dense<1.0> : tensor<48xf32>
    bias dense<0.0> : tensor<48xf32> activation relu quantize "wide.input" reciprocal 4.0
    : tensor<1x28x28x3xui8> -> tensor<1x28x28x48x!bitpack.codes<2>>
  %wide = bitpack.conv2d "wide" %q weights dense<27> : tensor<2304xi8> bits 2 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<192xf32> bias dense<0.0> : tensor<192xf32> activation relu
    quantize "narrow.input" reciprocal 4.0
    : tensor<1x28x28x48x!bitpack.codes<2>> -> tensor<1x28x28x192x!bitpack.codes<2>>
  %narrow = bitpack.conv2d "narrow" %wide weights dense<27> : tensor<1920xi8> bits 2 kernel [1, 1] stride 1
    scale dense<0.1> : tensor<40xf32> bias dense<0.0> : tensor<40xf32> activation relu
    quantize "dense.input" reciprocal 4.0
    : tensor<1x28x28x192x!bitpack.codes<2>> -> tensor<1x28x28x40x!bitpack.codes<2>>
  %dense = bitpack.conv2d "dense" %narrow weights dense<27> : tensor<5760xi8> bits 2 kernel [3, 3] stride 1
    scale dense<0.1> : tensor<64xf32> bias dense<0.0> : tensor<64xf32>
    : tensor<1x28x28x40x!bitpack.codes<2>> -> tensor<1x28x28x64xf32>
  %pool = bitpack.pool "pool" %dense fraction 3 : tensor<1x28x28x64xf32> -> tensor<1x1x1x64xf32>
  %logits = bitpack.linear "classifier" %pool weights dense<1.0> : tensor<10x64xf32>
    bias dense<0.0> : tensor<10xf32> : tensor<1x1x1x64xf32> -> tensor<1x10xf32>
  bitpack.return %logits : tensor<1x10xf32>
}
