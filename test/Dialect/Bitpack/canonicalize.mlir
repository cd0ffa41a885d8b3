// RUN: oqat-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @empty_epilogue
// CHECK-NEXT: return %arg0
func.func @empty_epilogue(%x: tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32> {
  %0 = bitpack.elementwise "a" %x : tensor<1x2x2x4xf32> -> tensor<1x2x2x4xf32>
  return %0 : tensor<1x2x2x4xf32>
}

// Neutral steps go, and with the last of them the operation.
// CHECK-LABEL: @neutral_steps
// CHECK-NEXT: return %arg0
func.func @neutral_steps(%x: tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32> {
  %0 = bitpack.elementwise "a" %x scale dense<1.0> : tensor<4xf32> bias dense<-0.0> : tensor<4xf32>
    : tensor<1x2x2x4xf32> -> tensor<1x2x2x4xf32>
  return %0 : tensor<1x2x2x4xf32>
}

// -0 + 0 is +0: a float can tell.
// CHECK-LABEL: @positive_zero
// CHECK: bitpack.elementwise "a" %arg0 bias dense<0.000000e+00>
func.func @positive_zero(%x: tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32> {
  %0 = bitpack.elementwise "a" %x bias dense<0.0> : tensor<4xf32>
    : tensor<1x2x2x4xf32> -> tensor<1x2x2x4xf32>
  return %0 : tensor<1x2x2x4xf32>
}

// A code can't.
// CHECK-LABEL: @zero_before_codes
// CHECK: bitpack.elementwise "a" %arg0 quantize "a.input" reciprocal 2.000000e+00
func.func @zero_before_codes(%x: tensor<1x2x2x4xf32>) -> tensor<1x2x2x4x!bitpack.codes<4>> {
  %0 = bitpack.elementwise "a" %x bias dense<0.0> : tensor<4xf32> activation relu quantize "a.input" reciprocal 2.0
    : tensor<1x2x2x4xf32> -> tensor<1x2x2x4x!bitpack.codes<4>>
  return %0 : tensor<1x2x2x4x!bitpack.codes<4>>
}

// What follows the relu may go below zero again.
// CHECK-LABEL: @relu_before_residual
// CHECK: activation relu
func.func @relu_before_residual(%x: tensor<1x2x2x4xf32>) -> tensor<1x2x2x4x!bitpack.codes<4>> {
  %0 = bitpack.elementwise "a" %x activation relu residual(%x : tensor<1x2x2x4xf32>)
    quantize "a.input" reciprocal 2.0
    : tensor<1x2x2x4xf32> -> tensor<1x2x2x4x!bitpack.codes<4>>
  return %0 : tensor<1x2x2x4x!bitpack.codes<4>>
}

// A convolution of codes keeps scale and bias, which it must have.
// CHECK-LABEL: @conv
// CHECK: scale dense<1.000000e+00>
// CHECK-SAME: bias dense<0.000000e+00>
// CHECK-NOT: activation
// CHECK: return
func.func @conv(%x: tensor<1x2x2x4x!bitpack.codes<4>>) -> tensor<1x2x2x4x!bitpack.codes<4>> {
  %0 = bitpack.conv2d "b" %x weights dense<27> : tensor<4xi8> bits 2 kernel [1, 1] stride 1
    scale dense<1.0> : tensor<4xf32> bias dense<0.0> : tensor<4xf32> activation relu
    quantize "b.output" reciprocal 2.0
    : tensor<1x2x2x4x!bitpack.codes<4>> -> tensor<1x2x2x4x!bitpack.codes<4>>
  return %0 : tensor<1x2x2x4x!bitpack.codes<4>>
}

// The table of all codes in order, and twice the table that doubles up to 255.
// CHECK-LABEL: @map
// CHECK-NEXT: bitpack.map "four" %arg0 table dense<"0x0004080C1014
// CHECK-NEXT: return %arg0
func.func @map(%x: tensor<1x2x!bitpack.codes<8>>) -> (tensor<1x2x!bitpack.codes<8>>, tensor<1x2x!bitpack.codes<8>>) {
  %0 = bitpack.map "same" %x table dense<"0x000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9FA0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFC0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF"> : tensor<256xi8>
    : tensor<1x2x!bitpack.codes<8>> -> tensor<1x2x!bitpack.codes<8>>
  %1 = bitpack.map "two" %x table dense<"0x00020406080A0C0E10121416181A1C1E20222426282A2C2E30323436383A3C3E40424446484A4C4E50525456585A5C5E60626466686A6C6E70727476787A7C7E80828486888A8C8E90929496989A9C9EA0A2A4A6A8AAACAEB0B2B4B6B8BABCBEC0C2C4C6C8CACCCED0D2D4D6D8DADCDEE0E2E4E6E8EAECEEF0F2F4F6F8FAFCFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"> : tensor<256xi8>
    : tensor<1x2x!bitpack.codes<8>> -> tensor<1x2x!bitpack.codes<8>>
  %2 = bitpack.map "four" %1 table dense<"0x00020406080A0C0E10121416181A1C1E20222426282A2C2E30323436383A3C3E40424446484A4C4E50525456585A5C5E60626466686A6C6E70727476787A7C7E80828486888A8C8E90929496989A9C9EA0A2A4A6A8AAACAEB0B2B4B6B8BABCBEC0C2C4C6C8CACCCED0D2D4D6D8DADCDEE0E2E4E6E8EAECEEF0F2F4F6F8FAFCFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"> : tensor<256xi8>
    : tensor<1x2x!bitpack.codes<8>> -> tensor<1x2x!bitpack.codes<8>>
  return %0, %2 : tensor<1x2x!bitpack.codes<8>>, tensor<1x2x!bitpack.codes<8>>
}
