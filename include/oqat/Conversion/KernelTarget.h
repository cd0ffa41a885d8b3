//===- KernelTarget.h - What the lowering asks of a target ----------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The lowering of `bitpack` owns buffers, weights and entry points; a target
// owns the body of every kernel and the layout of its prepared weights. Targets
// live in lib/Target and register themselves here.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_CONVERSION_KERNELTARGET_H
#define OQAT_CONVERSION_KERNELTARGET_H

#include "dialects/bitpack/Bitpack.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "oqat/Analysis/AccumulatorBounds.h"
#include "oqat/Conversion/PlaneLayout.h"

#include "llvm/Support/Error.h"

namespace mlir::oqat {

/// Where <net>_prepare puts the packed codes (n, tap, c) of one layer: one
/// after the other the tiles of `tileOutputs` outputs that a kernel works on,
/// each [taps][rows][tileOutputs][group], the rest 0, where rows is inputs /
/// group, rounded up, and then up to a multiple of `rowMultiple`; with `odd`
/// 2q + 1 in place of the code q, which must fit an element.
/// With `fieldBits`, where `taps` is 1, the codes of `group` inputs share a
/// byte, that of input r + j * rows from bit fieldShift + j * fieldBits on:
/// each tile is [rows = inputs / group rounded up][tileOutputs].
/// With `groupsTaps` it is taps that form groups, `rows` of them: each tile is
/// [inputs][rows][tileOutputs][group].
/// With `pairsOutputs`, of 4 bits at most, two outputs of a tile share its
/// bytes: those of the first half have the low four bits, of the second half
/// the high ones; `elementBytes` is 1.
/// With `winograd` the codes are of kernels of 9 taps, each of which becomes
/// numerics::winogradFilter of itself: `taps` is their 16 positions.
struct WeightPanel {
  int64_t outputs, taps, inputs, bits;
  int64_t group, tileOutputs, elementBytes;
  bool odd = false;
  int64_t fieldBits = 0, fieldShift = 0, rowMultiple = 1;
  bool winograd = false, groupsTaps = false, pairsOutputs = false;
  int64_t getRows() const {
    int64_t rows = ((groupsTaps ? taps : inputs) + group - 1) / group;
    return (rows + rowMultiple - 1) / rowMultiple * rowMultiple;
  }
  /// Bytes of one output in its tile.
  int64_t getOutputBytes() const {
    int64_t blocks = groupsTaps ? inputs : taps;
    return fieldBits != 0 ? getRows()
                          : blocks * getRows() * group * elementBytes /
                                (pairsOutputs ? 2 : 1);
  }
  int64_t getBytes() const {
    int64_t tiles = (outputs + tileOutputs - 1) / tileOutputs;
    return tiles * tileOutputs * getOutputBytes();
  }
};

struct LayerPlan {
  /// The kernel's name for the manifest.
  std::string kernel;
  /// Threads share the units [0, units); any split gives the same result.
  int64_t units = 1;
  /// Bytes at NetworkPlan::sharedOffset() behind the result, for what shares of
  /// the units tell each other; the first 8 are 0 when the layer starts.
  int64_t sharedBytes = 0;
  std::optional<WeightPanel> panel;
  /// Of an integer layer, the proof that its accumulators fit.
  std::optional<AccumulatorBounds> accumulators;
  /// Whether products are looked up.
  bool usesTable = false;
  /// How often the kernel prefetches (KernelFrame::ahead); 0 where it doesn't.
  int64_t prefetches = 0;
  /// Whether it reads its panel from front to back, tile by tile, each of
  /// which may be read several times.
  bool readsPanelOnce = false;
  /// Where the input or the result lies in planes.
  std::optional<PlaneLayout> inputPlanes, resultPlanes;
};

/// Ways to compute one layer.
using LayerPlans = std::vector<LayerPlan>;

/// What the names of kernels start with whose input or result is in planes.
inline constexpr llvm::StringLiteral kPlanarPrefix = "planar";

/// Of a layer and the only one that reads its result.
struct LayerPair {
  LayerPlan producer, consumer;
};

/// The body of a kernel under construction. Pointers of operands that the
/// layer doesn't have are null; buffers may be read 64 bytes past their end.
struct KernelFrame {
  ImplicitLocOpBuilder &builder;
  Value input, gate, residual, result, panel;
  /// Panels that are read later: prefetch i of all that a plan has, in the
  /// order in which one thread would do them, is of `ahead` + i * `aheadStep`.
  Value ahead;
  /// The units to compute, and bytes; i64.
  Value begin, end, aheadStep;
  /// Puts floats or bytes into the object, 64-byte aligned; returns their
  /// address. They may be read 64 bytes past their end.
  llvm::function_ref<Value(ArrayRef<float>)> addConstants;
  llvm::function_ref<Value(ArrayRef<uint8_t>)> addBytes;
};

class KernelTarget {
public:
  virtual ~KernelTarget() = default;

  /// The name in `target=`, one line of help, and what LLVM is told.
  std::string name, description, triple, cpu, features;
  /// Whether this machine can run it, and whether its kernels are chosen for
  /// such a machine.
  bool runsHere = false, suitsHere = true;

  /// The ways to compute a layer, at least one, the best first; an error names
  /// what can't be. With `tiles`, those that differ in register tiles only,
  /// too. Their kernels' names differ.
  virtual FailureOr<LayerPlans> candidates(bitpack::LayerOpInterface layer,
                                           bool tiles = false) const = 0;
  /// The first candidate whose kernel's name starts with the layer's attribute
  /// `bitpack.kernel`, a string or a dictionary of one per target, which is an
  /// error where there is none; without that attribute, with `preferred` if
  /// there is any, or else the best.
  FailureOr<LayerPlan> plan(bitpack::LayerOpInterface layer,
                            StringRef preferred = "") const;
  /// What that attribute says for this target, null if nothing.
  StringAttr getWanted(bitpack::LayerOpInterface layer) const;
  /// Kernels of two layers between which the tensor lies in planes, if there
  /// are such that are faster than those of `plans` or, `always`, any.
  virtual std::optional<LayerPair>
  planPlanes(bitpack::LayerOpInterface producer,
             bitpack::LayerOpInterface consumer, const LayerPair &plans,
             bool always) const {
    return std::nullopt;
  }
  virtual void emit(bitpack::LayerOpInterface layer, const LayerPlan &plan,
                    KernelFrame &frame) const = 0;
  /// The target that makes the kernel of a plan: another one where that makes
  /// the same, so that it is compiled once for both.
  virtual const KernelTarget &getOwner(const LayerPlan &plan) const {
    return *this;
  }
};

/// Adds a target; `native` becomes the last one added that runs and suits here.
void registerKernelTarget(std::unique_ptr<KernelTarget> target);

/// The target of that name, or an error that lists the known ones.
llvm::Expected<const KernelTarget *> lookupKernelTarget(StringRef name);

/// One line per target, for help texts.
std::string describeKernelTargets();

} // namespace mlir::oqat

#endif // OQAT_CONVERSION_KERNELTARGET_H
