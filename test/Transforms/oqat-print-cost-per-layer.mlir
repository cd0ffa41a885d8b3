// The table has one line per layer as level 4 runs it; the last line is what
// the JSON object says.
//
// RUN: oqat-opt %s -oqat-print-cost=per-layer -o /dev/null | FileCheck %s --check-prefix=TABLE
// RUN: oqat-opt %s -oqat-print-cost -o /dev/null | FileCheck %s --check-prefix=JSON
// RUN: oqat-opt %s -oqat-print-cost=per-layer=false -o /dev/null | FileCheck %s --check-prefix=JSON
// RUN: not oqat-opt %s -oqat-print-cost=by-layer -o /dev/null 2>&1 | FileCheck %s --check-prefix=BAD

// TABLE:      layer operation output bits macs parameters bops weightBytes liveBytes
// 4*4*4*3*3*3 = 1728 macs on floats; 108 weights, 8 of the batch norm. 64 floats stay.
// TABLE-NEXT: stem conv2d 4x4x4 32x32 1728 116 1769472 464 256
// The sum is still needed, so the quantizer is a layer: 64 floats, 64 codes.
// TABLE-NEXT: - fake_quantize 4x4x4 - 0 0 0 0 320
// 4*4*4*4 = 256 macs at 2x8 bits; 16 weights of 2 bits are 4 bytes. Two float
// values and the codes.
// TABLE-NEXT: b0.pl conv2d 4x4x4 2x8 256 16 4096 4 576
// TABLE-NEXT: - pool 1x1x4 - 0 0 0 0 272
// TABLE-NEXT: classifier linear 3 32x32 12 15 12288 60 16
// TABLE-NEXT: total - - - 1996 147 1785856 528 576
// TABLE-NOT:  {{.}}

// JSON: {{^}}{"macs":1996,"parameters":147,"bops":1785856,"weightBytes":528,"peakActivationBytes":576}{{$}}

// BAD: no such option by-layer

oqat.parameter @stem.weight kind weight : tensor<4x3x3x3xf32>
oqat.parameter @stem.bn.gamma kind gamma : tensor<4xf32>
oqat.parameter @stem.bn.beta kind beta : tensor<4xf32>
oqat.parameter @stem.bn.mean kind mean : tensor<4xf32>
oqat.parameter @stem.bn.variance kind variance : tensor<4xf32>
oqat.parameter @b0.pl.input_step kind step : tensor<f32>
oqat.parameter @b0.pl.weight kind weight : tensor<4x1x1x4xf32>
oqat.parameter @b0.pl.weight_step kind step : tensor<f32>
oqat.parameter @classifier.weight kind weight : tensor<3x4xf32>
oqat.parameter @classifier.bias kind bias : tensor<3xf32>
oqat.supernet @net (%image: tensor<1x4x4x3xui8>) -> tensor<1x3xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x4x4x3xui8> -> tensor<1x4x4x3xf32>
  %1 = oqat.weight @stem.weight : tensor<4x3x3x3xf32>
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<1x4x4x3xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x4x4xf32>
  %3 = oqat.batch_norm %2 gamma @stem.bn.gamma beta @stem.bn.beta mean @stem.bn.mean variance @stem.bn.variance : tensor<1x4x4x4xf32>
  %4 = oqat.activation relu %3 : tensor<1x4x4x4xf32>
  %5 = oqat.fake_quantize %4 step @b0.pl.input_step bits 8 : tensor<1x4x4x4xf32>
  %6 = oqat.weight @b0.pl.weight : tensor<4x1x1x4xf32>
  %7 = oqat.fake_quantize %6 step @b0.pl.weight_step bits 2 signed : tensor<4x1x1x4xf32>
  %8 = oqat.conv2d %5, %7 stride 1 : (tensor<1x4x4x4xf32>, tensor<4x1x1x4xf32>) -> tensor<1x4x4x4xf32>
  %9 = oqat.add %8, %4 : tensor<1x4x4x4xf32>
  %10 = oqat.pool %9 : tensor<1x4x4x4xf32> -> tensor<1x1x1x4xf32>
  %11 = oqat.weight @classifier.weight : tensor<3x4xf32>
  %12 = oqat.linear %10, %11 bias @classifier.bias : (tensor<1x1x1x4xf32>, tensor<3x4xf32>) -> tensor<1x3xf32>
  oqat.return %12 : tensor<1x3xf32>
}
