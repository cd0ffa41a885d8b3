//===- PlaneStore.cpp - Planes of one channel to pixels of many -----------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sixteen channels have sixteen pixels in every 16-byte part of their vectors,
// which are transposed:
//
//   bytes    16 vectors of a channel to 16 of a pixel of each part
//   packed   16 vectors, whose words hold four codes, to four of bytes of four
//            pixels, and these to 16 vectors of a pixel of each part
//
// Parts of two times sixteen channels are put together, so that 32 bytes are
// stored at a time.
//
//===----------------------------------------------------------------------===//

#include "PlaneStore.h"

#include "Interleave.h"
#include "NarrowRequantizer.h"
#include "PlaneCodes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

static constexpr int64_t kBytes = PlaneShape::kBytes, kPart = PlaneShape::kPart,
                         kCodes = PlaneShape::kCodes;

static Value addWords(KernelFrame &frame, ArrayRef<int64_t> values) {
  SmallVector<int32_t> words(values.begin(), values.end());
  words.resize(roundUp(words.size(), kPart), 0);
  return frame.addBytes(
      ArrayRef(reinterpret_cast<const uint8_t *>(words.data()),
               words.size() * sizeof(int32_t)));
}

PlaneStore::PlaneStore(KernelBuilder &builder, const EmitContext &context,
                       LayerOpInterface layer, const PlaneShape &shape,
                       const LookupPlan &lookups)
    : target(context.target), builder(builder), frame(context.frame),
      shape(shape), type(builder.vectorOf(builder.getI8Type(), kBytes)) {
  if (ThresholdsAttr thresholds = NarrowRequantizer::findThresholds(layer)) {
    narrow.emplace(builder, context, thresholds, lookups.biases,
                   lookups.highest);
    isPacked = narrow->getHighest() < (1 << 8 / kCodes);
    return;
  }
  isPacked = false;
  epilogue.emplace(builder, context, layer);
  biases = addWords(frame, lookups.biases);
  pixels = builder.allocate(kPart * kBytes);
}

ChannelRequantizer::Channel PlaneStore::start(Value channel) {
  return narrow ? narrow->start(channel) : ChannelRequantizer::Channel();
}

Value PlaneStore::prepare(const ChannelRequantizer::Channel &channel,
                          Value sums) {
  if (!narrow)
    return sums;
  Value codes = narrow->emit(channel, sums);
  return isPacked ? packPlaneCodes(builder, target, codes) : codes;
}

/// Of 16 vectors of words, whose low bytes hold four pixels, four of bytes:
/// pixels 4j ... 4j + 3 of each part, for all 16 channels.
SmallVector<Value> PlaneStore::joinPacked(ArrayRef<Value> planes) {
  // Packing leaves, in every part, the four bytes of one channel after the
  // other.
  SmallVector<Value> joined;
  for (int64_t i = 0; i < kPart; i += 4) {
    Value low =
        target.pack(builder, planes[i], planes[i + 1], /*isSigned=*/false);
    Value high =
        target.pack(builder, planes[i + 2], planes[i + 3], /*isSigned=*/false);
    Value four = target.pack(builder, low, high, /*isSigned=*/false);
    SmallVector<int32_t> order;
    for (int32_t byte = 0; byte < kBytes; ++byte)
      order.push_back(byte / 16 * 16 + byte % 4 * 4 + byte % 16 / 4);
    four = builder.create<LLVM::ShuffleVectorOp>(four, four, order);
    joined.push_back(builder.create<LLVM::BitcastOp>(
        builder.vectorOf(builder.getI32Type(), kBytes / 4), four));
  }
  return transposeWords(builder, joined);
}

/// Of four codes a byte, the first ones, the second ones ...
SmallVector<Value> PlaneStore::unpack(Value bytes) {
  VectorType shorts = builder.vectorOf(builder.getI16Type(), kBytes / 2);
  SmallVector<Value> all;
  for (int64_t i = 0; i < kCodes; ++i) {
    Value shifted = bytes;
    if (i != 0)
      shifted = builder.create<LLVM::BitcastOp>(
          type, builder.create<arith::ShRUIOp>(
                    builder.create<LLVM::BitcastOp>(shorts, bytes),
                    builder.constant(shorts, 2 * static_cast<double>(i))));
    all.push_back(
        builder.create<arith::AndIOp>(shifted, builder.constant(type, 3)));
  }
  return all;
}

/// Parts [first, first + 2) of both vectors in turn.
static Value mergeParts(KernelBuilder &builder, Value lhs, Value rhs,
                        int64_t first) {
  SmallVector<int32_t> order;
  for (int64_t part = first; part < first + 2; ++part)
    for (int64_t vector : {0, 1})
      for (int64_t i = 0; i < kPart; ++i)
        order.push_back(
            static_cast<int32_t>(vector * kBytes + part * kPart + i));
  return builder.create<LLVM::ShuffleVectorOp>(lhs, rhs, order);
}

/// Of every lane, the channels of its pixel, from the planes of 16 of them or
/// of twice as many.
SmallVector<Value> PlaneStore::toRows(ArrayRef<Value> planes) {
  auto transpose = [&](ArrayRef<Value> part) {
    return isPacked ? joinPacked(part) : transposeBytes(builder, part);
  };
  // Of vector i, the first lane of each part is i * step.
  int64_t step = isPacked ? kCodes : 1, parts = planes.size() / kPart;
  SmallVector<Value> low = transpose(planes.take_front(kPart));
  SmallVector<Value> high = transpose(planes.take_back(kPart));
  SmallVector<Value> rows(kBytes);
  auto slice = [&](Value vector, int64_t lane) {
    SmallVector<Value> fields =
        isPacked ? unpack(vector) : SmallVector<Value>{vector};
    for (auto [field, codes] : llvm::enumerate(fields))
      for (int64_t part = 0; part < kBytes / kPart; part += parts)
        if (int64_t at =
                lane + static_cast<int64_t>(field) + part / parts * kPart;
            at < kBytes && shape.isPixel(at))
          rows[at] = builder.slice(codes, part * kPart, parts * kPart);
  };
  for (int64_t i = 0, n = low.size(); i < n; ++i) {
    if (parts == 1) {
      slice(low[i], i * step);
      continue;
    }
    for (int64_t first = 0; first < kBytes / kPart; first += parts)
      slice(mergeParts(builder, low[i], high[i], first),
            first * kPart + i * step);
  }
  return rows;
}

void PlaneStore::emitCodes(Value planes, int64_t planeBytes, Value pixel,
                           Value channel, int64_t count) {
  VectorType plane =
      isPacked ? builder.vectorOf(builder.getI32Type(), kBytes / 4) : type;
  SmallVector<Value> vectors(roundUp(count, kPart), builder.constant(plane, 0));
  for (int64_t i = 0; i < count; ++i)
    vectors[i] = builder.load(plane, builder.at(planes, i * planeBytes));
  Value goal =
      builder.at(frame.result,
                 builder.add(builder.mul(pixel, shape.geometry.inC), channel));
  for (auto [lane, codes] : llvm::enumerate(toRows(vectors)))
    if (codes)
      builder.storeFirst(
          codes, count,
          builder.at(goal, shape.pixelOf(static_cast<int64_t>(lane)) *
                               shape.geometry.inC));
}

/// The sums of up to kPart channels by the layer's epilogue, adjacent pixels at
/// a time.
void PlaneStore::emitSums(Value planes, int64_t planeBytes, Value pixel,
                          Value channel, int64_t count) {
  SmallVector<Value> vectors;
  for (int64_t i = 0; i < kPart; ++i)
    vectors.push_back(builder.load(type, builder.at(planes, i * planeBytes)));
  for (auto [i, vector] : llvm::enumerate(transposeBytes(builder, vectors)))
    builder.store(vector, builder.at(pixels, static_cast<int64_t>(i) * kBytes));
  VectorType bytes = builder.vectorOf(builder.getI8Type(), kPart),
             words = builder.vectorOf(builder.getI32Type(), kPart);
  Value bias = builder.load(
      words, builder.at(biases, builder.mul(channel, sizeof(int32_t))));
  int64_t most = std::min(kPart, shape.laneColumns);
  for (int64_t first = 0; first < kBytes; first += most) {
    TileSums tile{{},
                  /*vectors=*/1,
                  builder.add(pixel, shape.pixelOf(first)),
                  channel,
                  count};
    for (int64_t lane = first; lane < first + most && shape.isPixel(lane);
         ++lane) {
      Value sums =
          builder.load(bytes, builder.at(pixels, lane % kPart * kBytes +
                                                     lane / kPart * kPart));
      tile.values.push_back(builder.create<arith::SubIOp>(
          builder.create<arith::ExtUIOp>(words, sums), bias));
    }
    if (!tile.values.empty())
      epilogue->emit(std::move(tile));
  }
}

void PlaneStore::emit(Value planes, int64_t planeBytes, Value pixel,
                      Value channel, int64_t count) {
  if (narrow)
    return emitCodes(planes, planeBytes, pixel, channel, count);
  int64_t whole = count / kPart * kPart;
  auto emitPart = [&](Value first, int64_t own) {
    emitSums(builder.at(planes, builder.mul(first, planeBytes)), planeBytes,
             pixel, builder.add(channel, first), own);
  };
  builder.loop(builder.index(0), builder.index(whole), kPart,
               [&](Value first) { emitPart(first, kPart); });
  if (whole != count)
    emitPart(builder.index(whole), count - whole);
}
