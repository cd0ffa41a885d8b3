//===- KernelTimer.cpp - Kernels of a layer, timed ------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operands are any codes of their types, which is what the proof of the layer's
// accumulators is about: a kernel may look up whatever comes out. Weights are
// the layer's own for the same reason.
//
//===----------------------------------------------------------------------===//

#include "KernelTimer.h"
#include "oqat/Conversion/NetworkPlan.h"
#include "oqat/Numerics/Random.h"
#include "oqat/Support/Bytes.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"

#include <chrono>

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

/// How long a kernel runs at least before the clock is read again, how often it
/// takes its turn, and what all turns of all kernels may take, about.
static constexpr double kTurnUs = 200, kAllUs = 60'000;
static constexpr int64_t kLeastTurns = 7;

KernelBuffer::KernelBuffer(size_t bytes)
    : lines((bytes + sizeof(Line) - 1) / sizeof(Line) + 1) {}

/// Codes of the type's bits, or floats in [0, 1): a gate's are, and anything
/// else takes them.
static KernelBuffer draw(Value value, uint64_t seed) {
  if (!value)
    return KernelBuffer();
  auto type = cast<RankedTensorType>(value.getType());
  int64_t count = type.getNumElements();
  KernelBuffer buffer(NetworkPlan::tensorBytes(value));
  if (type.getElementType().isF32()) {
    auto *floats = reinterpret_cast<float *>(buffer.data());
    for (int64_t i = 0; i < count; ++i)
      floats[i] =
          static_cast<float>(numerics::randomAt(seed, i) >> 40) * 0x1p-24f;
    return buffer;
  }
  auto codes = dyn_cast<bitpack::CodesType>(type.getElementType());
  uint64_t mask = codes ? (uint64_t(1) << codes.getBits()) - 1 : 255;
  for (int64_t i = 0; i < count; ++i)
    buffer.data()[i] = static_cast<char>(numerics::randomAt(seed, i) & mask);
  return buffer;
}

static KernelBuffer copyWeights(bitpack::LayerOpInterface layer) {
  auto packed = layer->getAttrOfType<DenseIntElementsAttr>("weights");
  if (!packed)
    return KernelBuffer();
  BytesView bytes(packed);
  KernelBuffer buffer(bytes.size());
  llvm::copy(bytes, buffer.data());
  return buffer;
}

KernelTimer::KernelTimer(bitpack::LayerOpInterface layer, uint64_t seed)
    : weights(copyWeights(layer)), input(draw(layer->getOperand(0), seed)),
      gate(draw(layer.getGateValue(), seed + 1)),
      residual(draw(layer.getResidualValue(), seed + 2)),
      result(NetworkPlan::tensorBytes(layer.getResult())) {}

KernelTimer::~KernelTimer() = default;

/// The function `symbol` of an object, hidden as it is.
static llvm::Expected<llvm::orc::ExecutorAddr>
load(llvm::orc::LLJIT &library, const Bytes &object, StringRef symbol) {
  StringRef text(object.data(), object.size());
  if (llvm::Error error = library.addObjectFile(
          llvm::MemoryBuffer::getMemBufferCopy(text, symbol)))
    return error;
  llvm::orc::JITDylibSearchOrder order = {
      {&library.getMainJITDylib(),
       llvm::orc::JITDylibLookupFlags::MatchAllSymbols}};
  llvm::orc::ExecutionSession &session = library.getExecutionSession();
  auto found = session.lookup(order, library.mangleAndIntern(symbol));
  if (!found)
    return found.takeError();
  return found->getAddress();
}

llvm::Error KernelTimer::add(const LayerPlan &plan, StringRef symbol,
                             const Bytes &kernel, StringRef unpackSymbol,
                             const Bytes &unpack) {
  auto library = llvm::orc::LLJITBuilder().create();
  if (!library)
    return library.takeError();
  auto loaded = load(**library, kernel, symbol);
  if (!loaded)
    return loaded.takeError();
  Candidate candidate{std::move(*library), loaded->toPtr<Kernel>(), plan.units,
                      KernelBuffer()};
  if (plan.panel) {
    const WeightPanel &panel = *plan.panel;
    candidate.panel = KernelBuffer(panel.getBytes());
    auto unpackWeights = load(*candidate.library, unpack, unpackSymbol);
    if (!unpackWeights)
      return unpackWeights.takeError();
    using Unpack = void (*)(const void *, void *, int64_t, int64_t, int64_t,
                            int64_t, int64_t);
    unpackWeights->toPtr<Unpack>()(weights.data(), candidate.panel.data(),
                                   panel.outputs, panel.taps, panel.inputs,
                                   panel.tileOutputs, panel.getRows());
  }
  candidates.push_back(std::move(candidate));
  return llvm::Error::success();
}

/// Microseconds of one of so many calls.
double KernelTimer::time(Candidate &candidate, int64_t calls) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  for (int64_t i = 0; i < calls; ++i)
    candidate.kernel(input.data(), gate.data(), residual.data(), result.data(),
                     candidate.panel.data(), /*ahead=*/candidate.panel.data(),
                     0, candidate.units, /*aheadStep=*/0);
  std::chrono::duration<double, std::micro> spent = Clock::now() - start;
  return spent.count() / static_cast<double>(calls);
}

std::vector<double> KernelTimer::run() {
  std::vector<double> best;
  std::vector<int64_t> calls;
  double round = 0;
  for (Candidate &candidate : candidates) {
    (void)time(candidate, 1);
    best.push_back(time(candidate, 1));
    calls.push_back(1 + static_cast<int64_t>(kTurnUs / best.back()));
    round += best.back() * static_cast<double>(calls.back());
  }
  int64_t turns = std::max(kLeastTurns, static_cast<int64_t>(kAllUs / round));
  for (int64_t turn = 0; turn < turns; ++turn)
    for (auto [i, candidate] : llvm::enumerate(candidates))
      best[i] = std::min(best[i], time(candidate, calls[i]));
  return best;
}
