//===- KernelTimer.h - Kernels of a layer, timed ----------------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LIB_PIPELINES_DRIVER_KERNELTIMER_H
#define LIB_PIPELINES_DRIVER_KERNELTIMER_H

#include "oqat/Conversion/KernelTarget.h"
#include "oqat/Target/Emit/Emit.h"

#include "llvm/Support/Error.h"

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace mlir::oqat {

/// Memory as kernels want it: aligned, and readable a bit behind its end.
class KernelBuffer {
public:
  explicit KernelBuffer(size_t bytes = 0);
  char *data() { return reinterpret_cast<char *>(lines.data()); }

private:
  struct alignas(64) Line {
    char bytes[64];
  };
  std::vector<Line> lines;
};

/// Runs kernels of one layer, in this process and on one thread, on operands
/// that are drawn.
class KernelTimer {
public:
  KernelTimer(bitpack::LayerOpInterface layer, uint64_t seed);
  ~KernelTimer();

  /// Loads a kernel, and the function that unpacks the layer's weights into
  /// its panel. A plan stays where it is.
  llvm::Error add(const LayerPlan &plan, StringRef symbol, const Bytes &kernel,
                  StringRef unpackSymbol, const Bytes &unpack);

  /// The least microseconds of each kernel, in the order of add(). They run in
  /// turns, so that whatever else the machine does meets all of them.
  std::vector<double> run();

private:
  /// input, gate, residual, result, panel, ahead; then the units, begin and
  /// end, and the step of `ahead`.
  using Kernel = void (*)(const void *, const void *, const void *, void *,
                          const void *, const void *, int64_t, int64_t,
                          int64_t);
  struct Candidate {
    std::unique_ptr<llvm::orc::LLJIT> library;
    Kernel kernel;
    int64_t units;
    KernelBuffer panel;
  };
  double time(Candidate &candidate, int64_t calls);

  KernelBuffer weights, input, gate, residual, result;
  std::vector<Candidate> candidates;
};

} // namespace mlir::oqat

#endif // LIB_PIPELINES_DRIVER_KERNELTIMER_H
