// RUN: oqat-opt %S/Inputs/stream.mlir -oqat-fix-choices | FileCheck %s --check-prefix=FLOAT
// RUN: oqat-opt %S/Inputs/stream.mlir -oqat-fix-choices=choices=residual=8 | FileCheck %s --check-prefix=STREAM
// RUN: oqat-opt %S/Inputs/stream.mlir -oqat-fix-choices=choices=bits_ends=8,residual=8 | FileCheck %s --check-prefix=BOTH

// FLOAT-NOT: _step
// FLOAT: oqat.conv2d
// FLOAT-NEXT: oqat.stage
// FLOAT: oqat.squeeze_excite %{{.*}} reduce @se.reduce.weight, @se.reduce.bias expand @se.expand.weight, @se.expand.bias : tensor<?x?x?x?xf32>
// FLOAT: oqat.add %{{.*}}, %{{.*}} : tensor<?x?x?x?xf32>
// FLOAT: oqat.add %{{.*}}, %{{.*}} : tensor<?x?x?x?xf32>

// STREAM: oqat.choice @bits_ends
// STREAM-NOT: @residual key
// STREAM: oqat.parameter @se.gate_step
// STREAM: oqat.fake_quantize %{{.*}} step @run.residual_step bits 8 signed
// STREAM: oqat.squeeze_excite {{.*}} bits @bits_ends signed
// STREAM: oqat.add %{{.*}}, %{{.*}} step @run.residual_step bits 8

// BOTH-NOT: @bits_ends
// BOTH: oqat.squeeze_excite {{.*}} bits 8 signed
