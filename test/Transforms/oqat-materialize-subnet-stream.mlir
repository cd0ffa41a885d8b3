// RUN: oqat-opt %S/Inputs/stream.mlir -oqat-materialize-subnet='subnet={"image_size": 2, "d": [2], "bits_ends": 8, "residual": "i8"}' -oqat-verify-subnet | FileCheck %s --check-prefix=I8
// RUN: oqat-opt %S/Inputs/stream.mlir -oqat-fix-choices=choices=bits_ends=8,residual=8 -oqat-materialize-subnet='subnet={"image_size": 2, "d": [2]}' -oqat-verify-subnet | FileCheck %s --check-prefix=I8
// RUN: oqat-opt %S/Inputs/stream.mlir -oqat-materialize-subnet='subnet={"image_size": 2, "d": [2], "residual": "f32"}' -oqat-verify-subnet | FileCheck %s --check-prefix=FLOAT
// RUN: not oqat-opt %S/Inputs/stream.mlir -oqat-materialize-subnet='subnet={"image_size": 2, "d": [2], "residual": 8}' 2>&1 | FileCheck %s --check-prefix=WORD

// The squeeze-excite becomes the operations it consists of (N17): 8 of 16
// channels remain in the squeeze.

// I8-LABEL: oqat.supernet @net
// I8: %[[R:.*]] = oqat.fake_quantize %{{.*}} step @run.residual_step bits 8 signed : tensor<1x2x2x16xf32>
// I8: %[[Y:.*]] = oqat.fake_quantize %[[R]] step @se.input_step bits 8 signed : tensor<1x2x2x16xf32>
// I8: %[[P:.*]] = oqat.pool %[[Y]] layer "se.pool" : tensor<1x2x2x16xf32> -> tensor<1x1x1x16xf32>
// I8: %[[PQ:.*]] = oqat.fake_quantize %[[P]] step @se.reduce.input_step bits 8 signed : tensor<1x1x1x16xf32>
// I8: %[[RW:.*]] = oqat.weight @se.reduce.weight : tensor<8x1x1x16xf32>
// I8: %[[RWQ:.*]] = oqat.fake_quantize %[[RW]] step @se.reduce.weight_step bits 8 signed
// I8: %[[RC:.*]] = oqat.conv2d %[[PQ]], %[[RWQ]] stride 1 : {{.*}} -> tensor<1x1x1x8xf32>
// I8: %[[RB:.*]] = oqat.bias %[[RC]] parameter @se.reduce.bias
// I8: %[[RR:.*]] = oqat.activation relu %[[RB]]
// I8: %[[RQ:.*]] = oqat.fake_quantize %[[RR]] step @se.expand.input_step bits 8 : tensor<1x1x1x8xf32>
// I8: %[[EW:.*]] = oqat.weight @se.expand.weight : tensor<16x1x1x8xf32>
// I8: %[[EWQ:.*]] = oqat.fake_quantize %[[EW]] step @se.expand.weight_step bits 8 signed
// I8: %[[EC:.*]] = oqat.conv2d %[[RQ]], %[[EWQ]] stride 1
// I8: %[[EB:.*]] = oqat.bias %[[EC]] parameter @se.expand.bias
// I8: %[[EH:.*]] = oqat.activation h_sigmoid %[[EB]]
// I8: %[[G:.*]] = oqat.fake_quantize %[[EH]] step @se.gate_step bits 8 : tensor<1x1x1x16xf32>
// I8: %[[S:.*]] = oqat.scale %[[Y]], %[[G]] : tensor<1x2x2x16xf32>, tensor<1x1x1x16xf32>
// I8: %[[A:.*]] = oqat.add %[[S]], %[[R]] step @run.residual_step bits 8 : tensor<1x2x2x16xf32>
// I8: %[[U:.*]] = oqat.activation relu %[[A]]
// I8: oqat.add %[[U]], %[[A]] step @run.residual_step bits 8 : tensor<1x2x2x16xf32>

// FLOAT-NOT: _step
// FLOAT: subnet "{\22image_size\22:2,\22d\22:[2],\22residual\22:\22f32\22}"
// FLOAT: oqat.squeeze_excite %{{.*}} reduce @se.reduce.weight, @se.reduce.bias expand @se.expand.weight, @se.expand.bias : tensor<1x2x2x16xf32>
// FLOAT: oqat.add %{{.*}}, %{{.*}} : tensor<1x2x2x16xf32>

// WORD: error: subnet: residual: expected "f32" or "i8"
