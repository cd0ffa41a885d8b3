// A difference from the golden tensors, a tensor that is not computed and a
// picture of another size are errors, and so is an elastic network without a
// usable subnet.

// RUN: echo '{"image_size": 9, "ks": [5], "e": [3], "bits_w": 2, "bits_a": 2}' > %t.json
// RUN: oqat-opt %S/golden.mlir -oqat-load-weights=file=%S/golden/block-2b.safetensors -oqat-materialize-subnet=subnet-file=%t.json -o %t.mlir
// RUN: not oqat-opt %t.mlir -oqat-interpret=golden=%S/golden/ties-2b.safetensors 2>&1 | FileCheck %s --check-prefix=DIFFERS
// RUN: %python -c "import sys; d = open(sys.argv[1], 'rb').read(); open(sys.argv[2], 'wb').write(d.replace(b'golden/logits', b'golden/logitx'))" %S/golden/block-2b.safetensors %t.renamed
// RUN: not oqat-opt %t.mlir -oqat-interpret=golden=%t.renamed 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not oqat-opt %S/golden.mlir -oqat-interpret 2>&1 | FileCheck %s --check-prefix=ELASTIC
// RUN: echo '{"image_size": 9, "ks": [4], "e": [3], "bits_w": 2, "bits_a": 2}' > %t.json
// RUN: not oqat-opt %S/golden.mlir -oqat-load-weights=file=%S/golden/block-2b.safetensors -oqat-interpret=subnet=%t.json 2>&1 | FileCheck %s --check-prefix=CHOICE
// RUN: not oqat-opt %S/golden.mlir -oqat-interpret=subnet=%t.nothing 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: echo '{"image_size": 9, "e": [3], "bits_w": 2, "bits_a": 2}' > %t.json
// RUN: not oqat-opt %S/golden.mlir -oqat-load-weights=file=%S/golden/block-2b.safetensors -oqat-interpret=subnet=%t.json 2>&1 | FileCheck %s --check-prefix=ENTRY
// RUN: echo '{"image_size": 8193}' > %t.json
// RUN: not oqat-opt %S/golden.mlir -oqat-interpret=subnet=%t.json 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: echo '{"image_size": 8}' > %t.json
// RUN: not oqat-opt %S/golden.mlir -oqat-interpret='golden=%S/golden/block-2b.safetensors subnet=%t.json' 2>&1 | FileCheck %s --check-prefix=PICTURE

// DIFFERS: error: {{.*}}ties-2b.safetensors: tensor 'stem.output' differs at element 0: expected {{.*}}, but got {{.*}}
// MISSING: error: {{.*}}.renamed: tensor 'logitx' was not computed
// ELASTIC: error: an elastic network needs a subnet with an 'image_size'
// CHOICE: error: {{.*}}expected 'ks' entry 0 to be a value of choice 'ks_0', but got 4
// FILE: error: {{.*}}.nothing: cannot open
// ENTRY: golden.mlir:{{[0-9]+}}:{{[0-9]+}}: error: 'oqat.weight' op needs 'ks' entry 0 of the subnet
// SIZE: golden.mlir:{{[0-9]+}}:1: error: 'image_size' is too large: 8193
// PICTURE: golden.mlir:{{[0-9]+}}:1: error: {{.*}}block-2b.safetensors: expected a U8 tensor 'image' of shape [8, 8, 3]
