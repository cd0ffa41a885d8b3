//===- Parameters.h - Values of parameters ----------------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the values that operations refer to by symbol. What is missing or not
// usable is a diagnostic on the operation that needs it.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_INTERPRETER_PARAMETERS_H
#define OQAT_INTERPRETER_PARAMETERS_H

#include "oqat/Numerics/Quantizer.h"
#include "oqat/Numerics/Rescale.h"

#include "mlir/IR/SymbolTable.h"

#include <vector>

namespace mlir::oqat {

class BatchNormOp;
class FakeQuantizeOp;
class LinearOp;
class ParameterOp;
class SqueezeExciteOp;
class WeightOp;

/// The layer that a parameter or a tensor belongs to: its name up to the last
/// dot.
StringRef layerOf(StringRef symbol);

/// The floats of a dense attribute, in row-major order.
std::vector<float> floatsOf(ElementsAttr values);

/// The parameter `symbol` as `user` sees it; it must have a value.
FailureOr<ParameterOp> lookupParameter(Operation *user,
                                       FlatSymbolRefAttr symbol,
                                       SymbolTableCollection &symbols);

FailureOr<std::vector<float>> parameterValues(Operation *user,
                                              FlatSymbolRefAttr symbol,
                                              SymbolTableCollection &symbols);

/// The quantizer at `bits` of a tensor with so many `channels` along its axis.
/// Every step must be finite and not zero (N1).
FailureOr<::oqat::numerics::Quantizer>
resolveQuantizer(FakeQuantizeOp op, int64_t bits, int64_t channels,
                 SymbolTableCollection &symbols);

/// Normalizes the active weight where the scheme says so (N15).
LogicalResult normalizeForQuantizer(FakeQuantizeOp op,
                                    std::vector<float> &values);

/// The same for a parameter that holds one step.
FailureOr<float> scalarStepValue(Operation *user, FlatSymbolRefAttr symbol,
                                 SymbolTableCollection &symbols);

/// Extents and values of a weight: OHWI, a matrix with a kernel of 1.
struct ActiveWeight {
  int64_t outputs, kernel, inputs;
  std::vector<float> values;
};

/// The first `outputs` rows and `inputs` columns of the weight's parameter,
/// its kernel brought down to `kernel` (OQAT.md section 3).
FailureOr<ActiveWeight> activeWeight(WeightOp op, int64_t outputs,
                                     int64_t kernel, int64_t inputs,
                                     SymbolTableCollection &symbols);

/// The same for a fixed weight, whose type says the extents.
FailureOr<ActiveWeight> activeWeight(WeightOp op,
                                     SymbolTableCollection &symbols);

/// The first `rows` x `columns` of a matrix parameter ([rows, 1.., columns]).
FailureOr<std::vector<float>> activeMatrix(Operation *user,
                                           FlatSymbolRefAttr symbol,
                                           int64_t rows, int64_t columns,
                                           SymbolTableCollection &symbols);

/// The first `count` entries of a vector parameter.
FailureOr<std::vector<float>> activeVector(Operation *user,
                                           FlatSymbolRefAttr symbol,
                                           int64_t count,
                                           SymbolTableCollection &symbols);

/// A and B of N1 per channel; `products` has s_a * s_w of each or of all, 1
/// after a float convolution.
FailureOr<std::vector<::oqat::numerics::Rescale>>
foldedBatchNorm(BatchNormOp op, int64_t channels, ArrayRef<double> products,
                SymbolTableCollection &symbols);

} // namespace mlir::oqat

#endif // OQAT_INTERPRETER_PARAMETERS_H
