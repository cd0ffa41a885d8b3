// RUN: oqat-opt %s -verify-diagnostics -oqat-materialize-subnet='subnet={"image_size": 32768}'

oqat.space @space {
  oqat.choice @image_size key "image_size" values [32768]
}
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  // expected-error @below {{would have more than 1073741824 elements in this subnet}}
  %0 = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<?x?x?x3xui8> -> tensor<?x?x?x3xf32>
  %w = oqat.constant_weight dense<0.5> : tensor<10x3xf32>
  %1 = oqat.pool %0 : tensor<?x?x?x3xf32> -> tensor<?x1x1x3xf32>
  %2 = oqat.linear %1, %w : (tensor<?x1x1x3xf32>, tensor<10x3xf32>) -> tensor<?x10xf32>
  oqat.return %2 : tensor<?x10xf32>
}
