// RUN: oqat-opt %s | oqat-opt | FileCheck %s

// CHECK-LABEL: @f
func.func @f(%a: tensor<1x112x112x64xf32>, %x: tensor<?x?x?x?xf32>) {
  // CHECK: oqat.max_pool %{{.*}} kernel 3 stride 2 : tensor<1x112x112x64xf32> -> tensor<1x56x56x64xf32>
  %p = oqat.max_pool %a kernel 3 stride 2 : tensor<1x112x112x64xf32> -> tensor<1x56x56x64xf32>
  // CHECK: oqat.max_pool %{{.*}} kernel 5 stride 1 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  %q = oqat.max_pool %x kernel 5 stride 1 : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
  // CHECK: oqat.activation relu6 %{{.*}} : tensor<?x?x?x?xf32>
  %r = oqat.activation relu6 %q : tensor<?x?x?x?xf32>
  return
}
