// RUN: oqat-opt %s -split-input-file -verify-diagnostics -oqat-verify-integer

// expected-error @below {{expected a value for parameter 'p'; run --oqat-load-weights}}
oqat.parameter @p kind bias : tensor<4xf32>

// -----

// expected-error @below {{is not in integer form}}
oqat.space @space {
  oqat.choice @image_size key "image_size" values [2]
}

// -----

oqat.parameter @classifier.bias kind bias : tensor<5xf32> = dense<0.0> : tensor<5xf32>
oqat.supernet @float(%image: tensor<1x2x2x3xui8>) -> tensor<1x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.constant_weight dense<1.0> : tensor<2x1x1x3xf32> layer "stem"
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  // expected-error @below {{expected a fraction; run --oqat-annotate-value-bounds}}
  %3 = oqat.pool %2 : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<5x2xf32> layer "classifier"
  %4 = oqat.linear %3, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<5x2xf32>) -> tensor<1x5xf32>
  oqat.return %4 : tensor<1x5xf32>
}

// -----

oqat.parameter @stem.weight kind weight : tensor<2x1x1x3xf32> = dense<1.0> : tensor<2x1x1x3xf32>
oqat.parameter @classifier.bias kind bias : tensor<5xf32> = dense<0.0> : tensor<5xf32>
oqat.supernet @learned(%image: tensor<1x2x2x3xui8>) -> tensor<1x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  // expected-error @below {{is not in integer form}}
  %1 = oqat.weight @stem.weight : tensor<2x1x1x3xf32>
  %2 = oqat.conv2d %0, %1 stride 1 : (tensor<1x2x2x3xf32>, tensor<2x1x1x3xf32>) -> tensor<1x2x2x2xf32>
  %3 = oqat.pool %2 {fraction = 3 : i32} : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<5x2xf32> layer "classifier"
  %4 = oqat.linear %3, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<5x2xf32>) -> tensor<1x5xf32>
  oqat.return %4 : tensor<1x5xf32>
}

// -----

oqat.parameter @classifier.bias kind bias : tensor<5xf32> = dense<0.0> : tensor<5xf32>
oqat.supernet @not_folded(%image: tensor<1x2x2x3xui8>) -> tensor<1x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %1 = oqat.quantize %0 step 0.25 name "b0.pl.input" : tensor<1x2x2x3xf32> -> tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25>>
  %2 = oqat.constant_codes dense<1> : tensor<2x1x1x3xi8> step 0.5 layer "b0.pl" : tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>
  %3 = oqat.conv2d %1, %2 stride 1 : (tensor<1x2x2x3x!quant.uniform<u8<0:3>:f32, 0.25>>, tensor<2x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>) -> tensor<1x2x2x2xi32>
  // expected-error @below {{expected only 'oqat.rescale' to read the accumulators of layer 'b0.pl'}}
  %4 = oqat.dequantize %3 input_step 0.25 weight_step 0.5 : tensor<1x2x2x2xi32> -> tensor<1x2x2x2xf32>
  %5 = oqat.pool %4 {fraction = 3 : i32} : tensor<1x2x2x2xf32> -> tensor<1x1x1x2xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<5x2xf32> layer "classifier"
  %6 = oqat.linear %5, %wl bias @classifier.bias : (tensor<1x1x1x2xf32>, tensor<5x2xf32>) -> tensor<1x5xf32>
  oqat.return %6 : tensor<1x5xf32>
}

// -----

// 70000 taps of 127 * 255 leave 32 bits.
oqat.parameter @classifier.bias kind bias : tensor<5xf32> = dense<0.0> : tensor<5xf32>
oqat.supernet @too_wide(%image: tensor<1x1x1x3xui8>) -> tensor<1x5xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %s = oqat.constant_weight dense<1.0> : tensor<70000x1x1x3xf32> layer "stem"
  %t = oqat.conv2d %0, %s stride 1 : (tensor<1x1x1x3xf32>, tensor<70000x1x1x3xf32>) -> tensor<1x1x1x70000xf32>
  %1 = oqat.quantize %t step 0.25 name "b0.pl.input" : tensor<1x1x1x70000xf32> -> tensor<1x1x1x70000x!quant.uniform<u8:f32, 0.25>>
  %2 = oqat.constant_codes dense<127> : tensor<1x1x1x70000xi8> step 0.5 layer "b0.pl" : tensor<1x1x1x70000x!quant.uniform<i8:f32, 0.5>>
  // expected-error @below {{expected accumulators of layer 'b0.pl' to fit 32 bits, but channel 0 ranges from 0 to 2266950000}}
  %3 = oqat.conv2d %1, %2 stride 1 : (tensor<1x1x1x70000x!quant.uniform<u8:f32, 0.25>>, tensor<1x1x1x70000x!quant.uniform<i8:f32, 0.5>>) -> tensor<1x1x1x1xi32>
  %4 = oqat.rescale %3 scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32> : tensor<1x1x1x1xi32> -> tensor<1x1x1x1xf32>
  %5 = oqat.pool %4 {fraction = 3 : i32} : tensor<1x1x1x1xf32> -> tensor<1x1x1x1xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<5x1xf32> layer "classifier"
  %6 = oqat.linear %5, %wl bias @classifier.bias : (tensor<1x1x1x1xf32>, tensor<5x1xf32>) -> tensor<1x5xf32>
  oqat.return %6 : tensor<1x5xf32>
}

// -----

oqat.supernet @foreign(%image: tensor<1x2x2x3xui8>) -> tensor<1x3xf32> {
  // expected-error @below {{'llvm.mlir.constant' op is not in integer form}}
  %c = llvm.mlir.constant(1 : i64) : i64
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x2x2x3xui8> -> tensor<1x2x2x3xf32>
  %p = oqat.pool %0 : tensor<1x2x2x3xf32> -> tensor<1x1x1x3xf32>
  %w = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "fc"
  %1 = oqat.linear %p, %w : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %1 : tensor<1x3xf32>
}

// -----

// Weights that are computed, as codes and as floats.
oqat.supernet @computed_codes(%image: tensor<1x1x1x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %1 = oqat.quantize %0 step 0.25 name "a.input" : tensor<1x1x1x3xf32> -> tensor<1x1x1x3x!quant.uniform<u8<0:3>:f32, 0.25>>
  %w = oqat.quantize %0 step 0.5 name "w" : tensor<1x1x1x3xf32> -> tensor<1x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>
  // expected-error @below {{'oqat.conv2d' op expected constant weight codes}}
  %2 = oqat.conv2d %1, %w stride 1 : (tensor<1x1x1x3x!quant.uniform<u8<0:3>:f32, 0.25>>, tensor<1x1x1x3x!quant.uniform<i8<-2:1>:f32, 0.5>>) -> tensor<1x1x1x1xi32>
  %3 = oqat.rescale %2 scale dense<1.0> : tensor<1xf32> bias dense<0.0> : tensor<1xf32> : tensor<1x1x1x1xi32> -> tensor<1x1x1x1xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<2x1xf32>
  %4 = oqat.linear %3, %wl : (tensor<1x1x1x1xf32>, tensor<2x1xf32>) -> tensor<1x2xf32>
  oqat.return %4 : tensor<1x2xf32>
}

// -----

oqat.supernet @computed_weights(%image: tensor<1x1x1x3xui8>) -> tensor<1x1xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.5, 0.5, 0.5] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  %c = oqat.constant_weight dense<1.0> : tensor<3x3xf32>
  %w = oqat.linear %0, %c : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  // expected-error @below {{'oqat.linear' op expected constant weights}}
  %1 = oqat.linear %0, %w : (tensor<1x1x1x3xf32>, tensor<1x3xf32>) -> tensor<1x1xf32>
  oqat.return %1 : tensor<1x1xf32>
}

// -----

oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<0.0> : tensor<3xf32>
oqat.supernet @sparse (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %x = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x1x1x3xui8> -> tensor<1x1x1x3xf32>
  // expected-error @below {{'oqat.constant_weight' op expected dense values}}
  %w = oqat.constant_weight sparse<[[0,0,0,0]], [1.0]> : tensor<3x1x1x3xf32> layer "a"
  %a = oqat.conv2d %x, %w stride 1 : (tensor<1x1x1x3xf32>, tensor<3x1x1x3xf32>) -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "c"
  %l = oqat.linear %a, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}

// -----

oqat.parameter @c.bias kind bias : tensor<3xf32> = dense<1.0> : tensor<3xf32>
oqat.supernet @w (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %w = oqat.constant_weight dense<1.0> : tensor<1x1x1x3xf32> layer "a"
  // expected-error @below {{'oqat.pool' op expected only layers to read constant weights, as their weight}}
  %p = oqat.pool %w {fraction = 3 : i32} : tensor<1x1x1x3xf32> -> tensor<1x1x1x3xf32>
  %wl = oqat.constant_weight dense<1.0> : tensor<3x3xf32> layer "c"
  %l = oqat.linear %p, %wl bias @c.bias : (tensor<1x1x1x3xf32>, tensor<3x3xf32>) -> tensor<1x3xf32>
  oqat.return %l : tensor<1x3xf32>
}

// -----

oqat.supernet @w (%image: tensor<1x1x1x3xui8>) -> tensor<1x3xf32> {
  %w = oqat.constant_weight dense<1.0> : tensor<1x3xf32> layer "a"
  // expected-error @below {{'oqat.return' op expected only layers to read constant weights, as their weight}}
  oqat.return %w : tensor<1x3xf32>
}
