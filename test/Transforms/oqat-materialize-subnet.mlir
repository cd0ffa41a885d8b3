// RUN: oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet='subnet={"image_size": 12, "ks": [3], "e": [2], "d": [1], "bits_w": [2, 3, 4, 8], "bits_a": 4, "comment": "x"}' | FileCheck %s --check-prefixes=CHECK,SHALLOW
// RUN: oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet='subnet={"image_size": 8, "ks": [5, 9], "e": 1, "d": [2], "bits_w": 2, "bits_a": [8, 4, 3, 2]}' | FileCheck %s --check-prefixes=CHECK,DEEP
// RUN: echo '{"subnets": [{"id": "a"}, {"id": "b", "image_size": 12, "ks": [3], "e": [2], "d": [1], "bits_w": [2, 3, 4, 8], "bits_a": 4}]}' > %t.json
// RUN: oqat-opt %inputs/small-supernet.mlir -oqat-materialize-subnet=subnet-file=%t.json#b -oqat-verify-subnet | FileCheck %s --check-prefixes=CHECK,SHALLOW

// CHECK-NOT: oqat.space
// CHECK: oqat.parameter @stem.weight kind weight : tensor<8x3x3x3xf32>

// SHALLOW-LABEL: oqat.supernet @small
// SHALLOW-SAME: subnet "{\22image_size\22:12,\22ks\22:[3],\22e\22:[2],\22d\22:[1],\22bits_w\22:[2,3,4,8],\22bits_a\22:4}" (%{{.*}}: tensor<1x12x12x3xui8>) -> tensor<1x10xf32> {
// SHALLOW: oqat.normalize %{{.*}} -> tensor<1x12x12x3xf32>
// SHALLOW: oqat.conv2d %{{.*}} stride 2 : (tensor<1x12x12x3xf32>, tensor<8x3x3x3xf32>) -> tensor<1x6x6x8xf32>
// SHALLOW-NOT: oqat.stage
// SHALLOW: oqat.fake_quantize %{{.*}} step @b1.ib.input_step bits 4 : tensor<1x6x6x8xf32>
// SHALLOW: oqat.weight @b1.ib.weight : tensor<16x1x1x8xf32>
// SHALLOW: oqat.fake_quantize %{{.*}} step @b1.ib.weight_step bits 2 signed : tensor<16x1x1x8xf32>
// SHALLOW: oqat.weight @b1.dw.weight transforms [@b1.dw.transform_5to3] : tensor<16x3x3x1xf32>
// SHALLOW: oqat.fake_quantize %{{.*}} step @b1.dw.weight_step bits 3 signed : tensor<16x3x3x1xf32>
// SHALLOW: oqat.conv2d %{{.*}} stride 1 depthwise : (tensor<1x6x6x16xf32>, tensor<16x3x3x1xf32>) -> tensor<1x6x6x16xf32>
// SHALLOW: oqat.squeeze_excite %{{.*}} : tensor<1x6x6x16xf32>
// SHALLOW: oqat.weight @b1.pl.weight : tensor<8x1x1x16xf32>
// SHALLOW: oqat.fake_quantize %{{.*}} step @b1.pl.weight_step bits 4 signed
// SHALLOW: %[[SUM:.*]] = oqat.add %{{.*}} : tensor<1x6x6x8xf32>
// SHALLOW-NEXT: oqat.pool %[[SUM]] : tensor<1x6x6x8xf32> -> tensor<1x1x1x8xf32>
// SHALLOW: oqat.fake_quantize %{{.*}} step @feature_mix.weight_step bits 8 signed
// SHALLOW: oqat.linear %{{.*}} : (tensor<1x1x1x16xf32>, tensor<10x16xf32>) -> tensor<1x10xf32>
// SHALLOW: oqat.return %{{.*}} : tensor<1x10xf32>

// DEEP-LABEL: oqat.supernet @small
// DEEP-SAME: tensor<1x8x8x3xui8>
// DEEP: oqat.fake_quantize %{{.*}} step @b1.ib.input_step bits 8 : tensor<1x4x4x8xf32>
// DEEP: oqat.weight @b1.ib.weight : tensor<8x1x1x8xf32>
// DEEP: oqat.fake_quantize %{{.*}} step @b1.dw.input_step bits 4
// DEEP: oqat.weight @b1.dw.weight : tensor<8x5x5x1xf32>
// DEEP: oqat.fake_quantize %{{.*}} step @b1.pl.input_step bits 3
// DEEP: %[[SUM:.*]] = oqat.add %{{.*}} : tensor<1x4x4x8xf32>
// DEEP-NEXT: %[[SLOT:.*]] = oqat.activation relu %[[SUM]]
// DEEP-NEXT: oqat.pool %[[SLOT]]
// DEEP: oqat.fake_quantize %{{.*}} step @feature_mix.input_step bits 2
