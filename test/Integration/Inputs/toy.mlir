// A network of toy.json's pictures and classes, whose weights have no values.
oqat.parameter @c.weight kind weight : tensor<2x3xf32>
oqat.supernet @toy (%image: tensor<1x4x4x3xui8>) -> tensor<1x2xf32> {
  %0 = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<1x4x4x3xui8> -> tensor<1x4x4x3xf32>
  %1 = oqat.pool %0 : tensor<1x4x4x3xf32> -> tensor<1x1x1x3xf32>
  %w = oqat.weight @c.weight : tensor<2x3xf32>
  %2 = oqat.linear %1, %w : (tensor<1x1x1x3xf32>, tensor<2x3xf32>) -> tensor<1x2xf32>
  oqat.return %2 : tensor<1x2xf32>
}
