#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a packed network whose codes pass 127 by steps of one: of a map with 50 steps, and of a depthwise layer whose
8-bit codes can be thresholds; beside them a map with 7 steps.

  high_steps.py > net.mlir
"""

shape = "1x9x16x3"
steps = bytes(100 + min(((code + 128) % 256) // 4, 50) for code in range(256))
print(f"""bitpack.network @net(%image: tensor<{shape}xui8>) -> tensor<1x2xf32> {{
  %1 = bitpack.table "codes" %image tables dense<"0x{bytes(c for code in range(256) for c in [code] * 3).hex()}"> : tensor<256x3xi8>
    : tensor<{shape}xui8> -> tensor<{shape}x!bitpack.codes<8>>
  %2 = bitpack.map "steps" %1 table dense<"0x{steps.hex()}"> : tensor<256xi8>
    : tensor<{shape}x!bitpack.codes<8>> -> tensor<{shape}x!bitpack.codes<8>>
  %3 = bitpack.map "few" %1 table dense<"0x{bytes(code // 64 for code in range(256)).hex()}"> : tensor<256xi8>
    : tensor<{shape}x!bitpack.codes<8>> -> tensor<{shape}x!bitpack.codes<2>>
  %4 = bitpack.depthwise_conv2d "dw" %3 weights dense<85> : tensor<7xi8> bits 2 kernel [3, 3] stride 1
    scale dense<5.0> : tensor<3xf32> bias dense<100.0> : tensor<3xf32> quantize "dw.codes" reciprocal 1.0
    : tensor<{shape}x!bitpack.codes<2>> -> tensor<{shape}x!bitpack.codes<8>>
  %9 = bitpack.map "seven" %1 table dense<"0x{bytes(code // 32 for code in range(256)).hex()}"> : tensor<256xi8>
    : tensor<{shape}x!bitpack.codes<8>> -> tensor<{shape}x!bitpack.codes<3>>
  %10 = bitpack.pool "third" %9 step 1.0 : tensor<{shape}x!bitpack.codes<3>> -> tensor<1x1x1x3xf32>
  %5 = bitpack.pool "first" %2 step 1.0 : tensor<{shape}x!bitpack.codes<8>> -> tensor<1x1x1x3xf32>
  %6 = bitpack.pool "second" %4 step 1.0 : tensor<{shape}x!bitpack.codes<8>> -> tensor<1x1x1x3xf32>
  %7 = bitpack.elementwise "sum" %5 residual(%6 : tensor<1x1x1x3xf32>) : tensor<1x1x1x3xf32> -> tensor<1x1x1x3xf32>
  %11 = bitpack.elementwise "all" %7 residual(%10 : tensor<1x1x1x3xf32>) : tensor<1x1x1x3xf32> -> tensor<1x1x1x3xf32>
  %8 = bitpack.linear "classifier" %11 weights dense<0.5> : tensor<2x3xf32> bias dense<0.0> : tensor<2xf32>
    : tensor<1x1x1x3xf32> -> tensor<1x2xf32>
  bitpack.return %8 : tensor<1x2xf32>
}}""")
