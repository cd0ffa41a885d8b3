//===- AmxConv2D.cpp - Quantized convolutions by AMX ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A step is 2 tiles of pixels by 2 of outputs: 4 loads for 4 products, in all
// eight tile registers. Sums go through the stack to the epilogue of every
// other kernel. The kernel configures the tiles for itself and releases them.
//
// A 1x1 convolution of stride 1 loads codes from where they lie; what a tile
// reads behind a pixel's last code meets weights of 0 in the panel. Any other
// gathers the taps of its pixels first, [pixel][tap][channel], outside of the
// picture the zero point. So steps run across taps, 64 inputs each however few
// channels there are, and tiles across rows of the picture, 16 pixels each
// however short these are; loading taps from the picture itself would leave
// tiles partly empty at both and at borders. It costs a copy of every input
// that all outputs share.
//
// With a zero point z, z times the sum of an output's weights comes off its
// sum, a constant. Where 2q + 1 does not fit a byte (8 bits), a sum of q*a is
// doubled and the sum of a joins it, the product with a tile of ones.
//
//===----------------------------------------------------------------------===//

#include "AmxTarget.h"
#include "lib/Target/Generic/TapGather.h"
#include "lib/Target/Generic/TileEpilogue.h"
#include "oqat/Target/Weights.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "llvm/Support/Endian.h"

using namespace mlir;
using namespace mlir::oqat;
using namespace mlir::bitpack;

namespace {

/// A tile register: rows of 64 bytes.
constexpr int64_t kTileRows = 16, kRowBytes = 64,
                  kTileBytes = kTileRows * kRowBytes;
/// Inputs of an element of a tile, outputs of a row.
constexpr int64_t kGroup = 4, kOutputs = 16;
/// Tiles of pixels, and of outputs, in a step.
constexpr int64_t kStepTiles = 2;
/// Gathered codes are kept on the stack, about so many bytes at most.
constexpr int64_t kGatheredBytes = 65536;

/// The registers of sums of pixel tile `p` and output tile `v`, of codes, and
/// of weights.
int64_t sumTile(int64_t p, int64_t v) { return kStepTiles * p + v; }
int64_t codeTile(int64_t p) { return 4 + p; }
int64_t weightTile(int64_t v) { return 6 + v; }

/// Whether 2q + 1 doesn't fit the panel, so that the kernel sums codes too.
bool sumsCodes(Conv2DOp op) { return op.getOdd() && op.getWeightBits() == 8; }

class AmxEmitter {
public:
  AmxEmitter(const EmitContext &context, Conv2DOp op)
      : plan(context.plan), frame(context.frame), builder(frame.builder),
        geometry(geometryOf(op)), panel(*context.plan.panel),
        shape(geometry, panel.outputs), epilogue(builder, context, op) {
    sums = builder.allocate(kStepTiles * kStepTiles * kTileBytes);
    if (op.getInputZeroPoint() != 0)
      addCorrections(op);
    if (sumsCodes(op)) {
      addOnes();
      codeSums = builder.allocate(kStepTiles * kTileBytes);
    }
    if (geometry.isFlat())
      return;
    gathered = builder.allocate(shape.block * shape.pitch);
    int64_t chunk = llvm::PowerOf2Ceil(geometry.inC);
    taps.emplace(frame, geometry, op.getInputZeroPoint(),
                 std::clamp<int64_t>(chunk, 16, 64));
  }

  void emit() {
    call("ldtilecfg", {}, {frame.addBytes(makeConfiguration())});
    forEachPixelBlock(builder, frame, plan.units, shape.all, shape.block,
                      [&](Value pixel) { emitBlock(pixel); });
    call("tilerelease", {}, {});
  }

private:
  /// An instruction on tile registers, then on other operands.
  void call(StringRef instruction, ArrayRef<int64_t> tiles,
            ArrayRef<Value> operands) {
    SmallVector<Value> all;
    for (int64_t tile : tiles)
      all.push_back(
          builder.constant(builder.getI8Type(), static_cast<double>(tile)));
    all.append(operands.begin(), operands.end());
    builder.create<LLVM::CallIntrinsicOp>(
        TypeRange(), ("llvm.x86." + instruction).str(), all);
  }

  /// The operand of ldtilecfg: palette 1, then bytes per row of each register
  /// from byte 16 on and rows from byte 48 on.
  SmallVector<uint8_t> makeConfiguration() const {
    SmallVector<uint8_t> bytes(kRowBytes, 0);
    bytes[0] = 1;
    auto configure = [&](int64_t tile, int64_t rows, int64_t rowBytes) {
      llvm::support::endian::write16le(&bytes[16 + 2 * tile], rowBytes);
      bytes[48 + tile] = rows;
    };
    for (int64_t p = 0; p < shape.tiles; ++p) {
      configure(codeTile(p), shape.tileRows, kGroup * shape.stepRows);
      for (int64_t v = 0; v < kStepTiles; ++v)
        configure(sumTile(p, v), shape.tileRows, kRowBytes);
    }
    for (int64_t v = 0; v < kStepTiles; ++v)
      configure(weightTile(v), shape.stepRows, kRowBytes);
    return bytes;
  }

  /// -z times the sum of each output's weights.
  void addCorrections(Conv2DOp op) {
    std::vector<int16_t> weights = unpackWeights(op, op.getOdd());
    SmallVector<int32_t> terms(roundUp(panel.outputs, kOutputs), 0);
    for (auto [i, weight] : llvm::enumerate(weights))
      terms[i / panel.inputs] -=
          static_cast<int32_t>(op.getInputZeroPoint()) * weight;
    corrections =
        frame.addBytes(ArrayRef(reinterpret_cast<const uint8_t *>(terms.data()),
                                terms.size() * sizeof(int32_t)));
  }

  /// A weight tile of ones, and that of the last step, where there are zeros
  /// behind the last input.
  void addOnes() {
    SmallVector<uint8_t> bytes(2 * kTileBytes, 1);
    int64_t last = panel.inputs - (shape.steps - 1) * kGroup * shape.stepRows;
    for (int64_t i = 0; i < kTileBytes; ++i) {
      int64_t input = i / kRowBytes * kGroup + i % kGroup;
      bytes[kTileBytes + i] = input < last;
    }
    ones = frame.addBytes(bytes);
  }

  void emitBlock(Value pixel) {
    Value codes;
    if (geometry.isFlat()) {
      codes = builder.at(frame.input, builder.mul(pixel, shape.pitch));
    } else {
      codes = gathered;
      builder.loop(
          builder.index(0), builder.index(shape.block), 1, [&](Value i) {
            taps->emit(builder, builder.add(pixel, i),
                       builder.at(gathered, builder.mul(i, shape.pitch)));
          });
    }
    if (ones)
      sumCodes(codes);
    shape.channels.forEach(builder, [&](ChannelTile tile) {
      Value first = builder.at(frame.panel,
                               builder.mul(tile.first, panel.getOutputBytes()));
      multiply(codes, tile.vectors, sums, [&](Value step, int64_t v) {
        Value own = builder.at(first, v * kOutputs * panel.getOutputBytes());
        return builder.at(own, builder.mul(step, shape.stepRows * kRowBytes));
      });
      finish(pixel, tile);
    });
  }

  /// The sum of every pixel's codes, 16 times.
  void sumCodes(Value codes) {
    multiply(codes, 1, codeSums, [&](Value step, int64_t) {
      Value isLast = builder.create<arith::CmpIOp>(
          arith::CmpIPredicate::eq, step, builder.index(shape.steps - 1));
      return builder.create<arith::SelectOp>(
          isLast, builder.at(ones, kTileBytes), ones);
    });
  }

  /// The first pixel of a tile; tiles may share some.
  int64_t firstPixel(int64_t p) const {
    return p * (shape.block - shape.tileRows);
  }

  /// Products of the pixels at `codes` with `vectors` tiles of outputs, stored
  /// as [pixel tile][output tile][pixel][output] at `result`.
  void multiply(Value codes, int64_t vectors, Value result,
                llvm::function_ref<Value(Value step, int64_t v)> weights) {
    auto forEachSum = [&](llvm::function_ref<void(int64_t, int64_t)> body) {
      for (int64_t p = 0; p < shape.tiles; ++p)
        for (int64_t v = 0; v < vectors; ++v)
          body(p, v);
    };
    forEachSum(
        [&](int64_t p, int64_t v) { call("tilezero", {sumTile(p, v)}, {}); });
    Value pitch = builder.index(shape.pitch), row = builder.index(kRowBytes);
    builder.loop(
        builder.index(0), builder.index(shape.steps), 1, [&](Value step) {
          Value offset = builder.mul(step, kGroup * shape.stepRows);
          for (int64_t p = 0; p < shape.tiles; ++p)
            call("tileloadd64", {codeTile(p)},
                 {builder.at(builder.at(codes, firstPixel(p) * shape.pitch),
                             offset),
                  pitch});
          for (int64_t v = 0; v < vectors; ++v)
            call("tileloadd64", {weightTile(v)}, {weights(step, v), row});
          forEachSum([&](int64_t p, int64_t v) {
            call("tdpbusd", {sumTile(p, v), codeTile(p), weightTile(v)}, {});
          });
        });
    forEachSum([&](int64_t p, int64_t v) {
      call("tilestored64", {sumTile(p, v)},
           {builder.at(result, (p * vectors + v) * kTileBytes), row});
    });
  }

  /// Sends the stored sums of a block through the epilogue.
  void finish(Value pixel, ChannelTile tile) {
    VectorType words = builder.vectorOf(builder.getI32Type(), kOutputs);
    auto load = [&](Value base, int64_t tile, Value offset) {
      return builder.load(
          words, builder.at(builder.at(base, tile * kTileBytes), offset));
    };
    auto add = [&](Value lhs, Value rhs) {
      return builder.create<arith::AddIOp>(lhs, rhs).getResult();
    };
    auto total = [&](int64_t p, int64_t v, int64_t vectors, Value row,
                     Value channel) {
      Value offset = builder.mul(row, kRowBytes);
      Value sum = load(sums, p * vectors + v, offset);
      if (ones)
        sum = add(add(sum, sum), load(codeSums, p, offset));
      if (corrections)
        sum = add(sum, load(corrections, 0, builder.mul(channel, 4)));
      return sum;
    };
    // Two pixels of two vectors each fill one of bytes.
    int64_t rows = std::min<int64_t>(shape.tileRows, 2);
    Value highest = builder.index(shape.tileRows - rows);
    builder.loop(
        builder.index(0), builder.index(shape.tileRows), rows, [&](Value next) {
          Value row = builder.min(next, highest);
          for (int64_t p = 0; p < shape.tiles; ++p) {
            TileSums own{{},
                         tile.vectors,
                         builder.add(builder.add(pixel, firstPixel(p)), row),
                         tile.first,
                         tile.lastCount};
            for (int64_t i = 0; i < rows; ++i)
              for (int64_t v = 0; v < tile.vectors; ++v)
                own.values.push_back(
                    total(p, v, tile.vectors, builder.add(row, i),
                          builder.add(tile.first, v * kOutputs)));
            epilogue.emit(std::move(own));
          }
        });
  }

  const LayerPlan &plan;
  KernelFrame &frame;
  KernelBuilder builder;
  Geometry geometry;
  const WeightPanel &panel;
  AmxShape shape;
  TileEpilogue epilogue;
  std::optional<TapGather> taps;
  Value sums, codeSums, corrections, ones, gathered;
};

} // namespace

AmxShape::AmxShape(const Geometry &geometry, int64_t outputs)
    : inputs(geometry.kernelH * geometry.kernelW * geometry.inC),
      steps(ceilDiv(inputs, kRowBytes)),
      stepRows(ceilDiv(ceilDiv(inputs, kGroup), steps)),
      channels(outputs, kOutputs, kStepTiles),
      all(geometry.outH * geometry.outW) {
  // Lines of gathered pixels are to lie in as many sets of the cache.
  pitch = geometry.isFlat()
              ? inputs
              : roundUp(kGroup * stepRows * steps, kRowBytes) | kRowBytes;
  int64_t most = kStepTiles * kTileRows;
  if (!geometry.isFlat() && most * pitch > kGatheredBytes)
    most = kTileRows;
  block = ceilDiv(all, ceilDiv(all, most));
  tiles = ceilDiv(block, kTileRows);
  tileRows = ceilDiv(block, tiles);
}

LayerPlan mlir::oqat::planAmxConv2D(const Geometry &geometry, Conv2DOp op,
                                    AccumulatorBounds bounds) {
  int64_t outputs = op.getPictureType().getDimSize(3);
  AmxShape shape(geometry, outputs);
  LayerPlan plan;
  plan.accumulators = std::move(bounds);
  plan.panel = WeightPanel{outputs,
                           /*taps=*/1,
                           shape.inputs,
                           static_cast<int64_t>(op.getWeightBits()),
                           kGroup,
                           /*tileOutputs=*/kOutputs,
                           /*elementBytes=*/1,
                           op.getOdd() && !sumsCodes(op)};
  plan.panel->rowMultiple = shape.stepRows;
  plan.units = shape.all / shape.block;
  plan.kernel = (kTileKernel + "-" + Twine(shape.block) + "x" +
                 Twine(shape.channels.vectors * kOutputs))
                    .str();
  return plan;
}

void mlir::oqat::emitAmxConv2D(EmitContext context, Conv2DOp op) {
  AmxEmitter(context, op).emit();
}
