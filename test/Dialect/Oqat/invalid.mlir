// RUN: oqat-opt %s -split-input-file -verify-diagnostics -allow-unregistered-dialect

oqat.space @space {
  // expected-error @below {{expected at least one value}}
  oqat.choice @e key "e" values []
}

// -----

oqat.space @space {
  // expected-error @below {{expected increasing values, but got 3 after 5}}
  oqat.choice @e key "e" values [5, 3]
}

// -----

oqat.space @space {
  // expected-error @below {{expected values from 1 to 16777216, but got 0}}
  oqat.choice @e key "e" values [0, 3]
}

// -----

oqat.space @space {
  // expected-error @below {{expected an index that is not negative, but got -1}}
  oqat.choice @e key "e" index -1 values [3]
}

// -----

oqat.space @space {
  // expected-error @below {{expected no index on a per-layer choice}}
  oqat.choice @e key "e" index 1 per_layer values [3]
}

// -----

oqat.space @space {
  oqat.choice @a key "e" index 0 values [3]
  // expected-error @below {{repeats the place 'e[0]'}}
  oqat.choice @b key "e" index 0 values [3]
}

// -----

oqat.space @space {
  // expected-error @below {{has no place in a space, expected 'oqat.choice'}}
  oqat.parameter @p kind step : tensor<f32>
}

// -----

// expected-error @below {{expected a kind of parameter, but got 'stepp'}}
oqat.parameter @p kind stepp : tensor<f32>

// -----

// expected-error @below {{expected a static type, but got 'tensor<?xf32>'}}
oqat.parameter @p kind bias : tensor<?xf32>

// -----

// expected-error @below {{expected the shape of a 'step', but got 'tensor<2x2x2xf32>'}}
oqat.parameter @p kind step : tensor<2x2x2xf32>

// -----

// expected-error @below {{expected the shape of a 'transform', but got 'tensor<9x8xf32>'}}
oqat.parameter @p kind transform : tensor<9x8xf32>

// -----

// expected-error @below {{expected a value of type 'tensor<f32>', but got 'tensor<2xf32>'}}
oqat.parameter @p kind step : tensor<f32> = dense<0.0> : tensor<2xf32>

// -----

// expected-error @below {{refers to 'nowhere', which is no space of the module}}
oqat.supernet @net space @nowhere (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %l = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x10xf32>
  oqat.return %l : tensor<?x10xf32>
}

// -----

// expected-error @below {{expected one argument, a 4-D ui8 picture batch}}
oqat.supernet @net (%x: tensor<?x10xf32>) -> tensor<?x10xf32> {
  oqat.return %x : tensor<?x10xf32>
}

// -----

// expected-error @below {{expected one result, a 2-D f32 tensor}}
oqat.supernet @net (%x: tensor<?x?x?x3xui8>) -> tensor<?x?x?x3xui8> {
  %l = oqat.normalize %x mean [0.0, 0.0, 0.0] std [1.0, 1.0, 1.0] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
}

// -----

oqat.supernet @net (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %l = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x9xf32>
  // expected-error @below {{expected logits of the network's result type, but got 'tensor<?x9xf32>'}}
  oqat.return %l : tensor<?x9xf32>
}

// -----

// expected-error @below {{expected a body that ends with 'oqat.return'}}
oqat.supernet @net (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  "some.terminator"() : () -> ()
}

// -----

oqat.space @space {
  // expected-note @below {{the choice is here}}
  oqat.choice @d key "d" index 0 values [1, 2]
}
oqat.supernet @net space @space (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x10xf32>
  // expected-error @below {{has 1 block slots, but its choice goes up to 2}}
  %1 = oqat.stage choice @d (%a = %0 : tensor<?x10xf32>) -> tensor<?x10xf32> {
    oqat.yield %a : tensor<?x10xf32>
  }
  oqat.return %1 : tensor<?x10xf32>
}

// -----

oqat.supernet @net (%x: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
  %0 = "some.op"(%x) : (tensor<?x?x?x3xui8>) -> tensor<?x10xf32>
  // expected-error @below {{refers to choice 'd', but its network has no space}}
  %1 = oqat.stage choice @d (%a = %0 : tensor<?x10xf32>) -> tensor<?x10xf32> {
    oqat.yield %a : tensor<?x10xf32>
  }
  oqat.return %1 : tensor<?x10xf32>
}

// -----

func.func @f(%x: tensor<?x10xf32>) {
  // expected-error @below {{expected at least one block slot}}
  %1 = oqat.stage choice @d (%a = %x : tensor<?x10xf32>) -> tensor<?x10xf32>
  return
}

// -----

func.func @f(%x: tensor<?x10xf32>) {
  %1 = oqat.stage choice @d (%a = %x : tensor<?x10xf32>) -> tensor<10x?xf32> {
    // expected-error @below {{expected a value of type 'tensor<10x?xf32>', but got 'tensor<?x10xf32>'}}
    oqat.yield %a : tensor<?x10xf32>
  }
  return
}
