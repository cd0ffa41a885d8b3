// RUN: not oqat-opt %S/Inputs/ends.mlir -oqat-fix-choices=choices=bits_ends=16 2>&1 | FileCheck %s --check-prefix=VALUE
// RUN: not oqat-opt %S/Inputs/ends.mlir -oqat-fix-choices=choices=bits_end=8 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: not oqat-opt %S/Inputs/ends.mlir -oqat-fix-choices=choices=bits_ends 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: not oqat-opt %S/Inputs/ends.mlir -oqat-fix-choices=choices=image_size=4 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not oqat-opt %inputs/small-supernet.mlir -oqat-fix-choices=choices=d=1 2>&1 | FileCheck %s --check-prefix=DEPTH

// VALUE: error: 'oqat.choice' op expected 'bits_ends' to be one of 8, 32, but got 16
// KEY: error: no choice has the key 'bits_end'
// FORM: error: expected 'choices' as key=value, but got 'bits_ends'
// SIZE: error: 'oqat.supernet' op changes its shape by choice 'image_size', which cannot be decided alone
// SIZE: note: the choice is here
// DEPTH: error: 'oqat.stage' op changes its shape by choice 'd_0', which cannot be decided alone
