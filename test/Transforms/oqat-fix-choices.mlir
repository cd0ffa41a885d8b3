// RUN: oqat-opt %S/Inputs/ends.mlir -oqat-fix-choices | FileCheck %s --check-prefixes=CHECK,FLOAT
// RUN: oqat-opt %S/Inputs/ends.mlir -oqat-fix-choices=choices=bits_ends=32 | FileCheck %s --check-prefixes=CHECK,FLOAT
// RUN: oqat-opt %S/Inputs/ends.mlir -oqat-fix-choices=choices=bits_ends=8 | FileCheck %s --check-prefixes=CHECK,ENDS
// RUN: oqat-opt %S/Inputs/ends.mlir -oqat-fix-choices=choices=bits_w=4,bits_a=2 | FileCheck %s --check-prefix=LAYERS

// The other choices stay open, and parameters that had no use before stay.
// CHECK: oqat.choice @image_size
// CHECK: oqat.choice @bits_w
// CHECK-NOT: @bits_ends
// FLOAT-NOT: @stem.input_step
// FLOAT-NOT: @stem.weight_step
// FLOAT-NOT: @classifier.input_step
// FLOAT-NOT: @classifier.weight_step
// ENDS: oqat.parameter @stem.input_step
// CHECK: oqat.parameter @spare
// CHECK-LABEL: oqat.supernet @net space @space
// FLOAT: %[[X:.*]] = oqat.normalize
// FLOAT-NEXT: %[[W:.*]] = oqat.weight @stem.weight
// FLOAT-NEXT: oqat.conv2d %[[X]], %[[W]]
// ENDS: oqat.fake_quantize %{{.*}} step @stem.input_step bits 8 signed
// ENDS: oqat.fake_quantize %{{.*}} step @stem.weight_step bits 8 signed
// CHECK: oqat.fake_quantize %{{.*}} step @b0.input_step bits @bits_a
// FLOAT: %[[P:.*]] = oqat.pool
// FLOAT-NEXT: %[[M:.*]] = oqat.weight @classifier.weight
// FLOAT-NEXT: oqat.linear %[[P]], %[[M]] bias @classifier.bias
// ENDS: oqat.fake_quantize %{{.*}} step @classifier.input_step bits 8 :
// ENDS: oqat.fake_quantize %{{.*}} step @classifier.weight_step bits 8 signed

// LAYERS-NOT: @bits_w
// LAYERS: oqat.choice @bits_ends
// LAYERS: oqat.fake_quantize %{{.*}} step @stem.input_step bits @bits_ends signed
// LAYERS: oqat.fake_quantize %{{.*}} step @b0.input_step bits 2 :
// LAYERS: oqat.fake_quantize %{{.*}} step @b0.weight_step bits 4 signed
