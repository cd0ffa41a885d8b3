# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""one_layer.py BITS: a fixed network with one quantized layer, of 64 x 64 weights."""
import sys

BITS = sys.argv[1]
PARAMETERS = [("stem.weight", "weight", "64x1x1x3x"), ("a.input_step", "step", ""), ("a.weight", "weight", "64x1x1x64x"),
              ("a.weight_step", "step", ""), ("a.bias", "bias", "64x"), ("fc.weight", "weight", "2x64x"),
              ("fc.bias", "bias", "2x")]
for name, kind, shape in PARAMETERS:
    print(f"oqat.parameter @{name} kind {kind} : tensor<{shape}f32>")
print(f"""oqat.supernet @net (%image: tensor<1x2x2x3xui8>) -> tensor<1x2xf32> {{
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.weight @stem.weight : tensor<64x1x1x3xf32>
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<1x2x2x3xf32>, tensor<64x1x1x3xf32>) -> tensor<1x2x2x64xf32>
  %3 = oqat.fake_quantize %2 step @a.input_step bits 8 : tensor<1x2x2x64xf32>
  %4 = oqat.weight @a.weight : tensor<64x1x1x64xf32>
  %5 = oqat.fake_quantize %4 step @a.weight_step bits {BITS} signed : tensor<64x1x1x64xf32>
  %6 = oqat.conv2d %3, %5 stride 1 : (tensor<1x2x2x64xf32>, tensor<64x1x1x64xf32>) -> tensor<1x2x2x64xf32>
  %7 = oqat.bias %6 parameter @a.bias : tensor<1x2x2x64xf32>
  %8 = oqat.pool %7 : tensor<1x2x2x64xf32> -> tensor<1x1x1x64xf32>
  %9 = oqat.weight @fc.weight : tensor<2x64xf32>
  %10 = oqat.linear %8, %9 bias @fc.bias : (tensor<1x1x1x64xf32>, tensor<2x64xf32>) -> tensor<1x2xf32>
  oqat.return %10 : tensor<1x2xf32>
}}""")
