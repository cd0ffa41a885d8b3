// RUN: %python %S/Inputs/make-safetensors.py %t.missing "a.input_step:F32:1=0.25"
// RUN: not oqat-opt %s -oqat-load-weights="file=%t.missing" 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: oqat-load-weights-invalid.mlir:[[#]]:1: error: {{.*}}expected parameter 'stem.weight' in '{{.*}}.missing'

// RUN: %python %S/Inputs/make-safetensors.py %t.shape "stem.weight:F32:2x1x3x1=0.5" "a.input_step:F32:1=0.25"
// RUN: not oqat-opt %s -oqat-load-weights="file=%t.shape" 2>&1 | FileCheck %s --check-prefix=SHAPE
// SHAPE: error: {{.*}}expected parameter 'stem.weight' in '{{.*}}.shape' to have shape [2, 1, 1, 3], but got [2, 1, 3, 1]

// RUN: %python %S/Inputs/make-safetensors.py %t.step "stem.weight:F32:2x1x1x3=0.5" "a.input_step:F32:2=0.25"
// RUN: not oqat-opt %s -oqat-load-weights="file=%t.step" 2>&1 | FileCheck %s --check-prefix=STEP
// STEP: error: {{.*}}expected parameter 'a.input_step' in '{{.*}}.step' to have shape [], but got [2]

// RUN: %python %S/Inputs/make-safetensors.py %t.dtype "stem.weight:F64:2x1x1x3=0.5" "a.input_step:F32:1=0.25"
// RUN: not oqat-opt %s -oqat-load-weights="file=%t.dtype" 2>&1 | FileCheck %s --check-prefix=DTYPE
// DTYPE: error: {{.*}}expected parameter 'stem.weight' in '{{.*}}.dtype' to be F32, but got F64

// RUN: %python %S/Inputs/make-safetensors.py %t.cut "stem.weight:F32:2x1x1x3=0.5" --truncate=30
// RUN: not oqat-opt %s -oqat-load-weights="file=%t.cut" 2>&1 | FileCheck %s --check-prefix=CUT
// CUT: error: {{.*}}.cut

// RUN: not oqat-opt %s -oqat-load-weights="file=%t.none" 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: {{.*}}.none: cannot open

oqat.parameter @stem.weight kind weight : tensor<2x1x1x3xf32>
oqat.parameter @a.input_step kind step : tensor<f32>
