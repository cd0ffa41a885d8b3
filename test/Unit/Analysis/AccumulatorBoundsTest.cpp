//===- AccumulatorBoundsTest.cpp - Bounds against adversarial inputs ------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random layers of all bits, at both levels, and the worst pictures for each of
// their channels: the bounds are reached exactly where all taps lie inside the
// picture, and never passed anywhere.
//
//===----------------------------------------------------------------------===//

#include "oqat/Analysis/AccumulatorBounds.h"

#include "dialects/bitpack/Bitpack.h"
#include "dialects/oqat/Oqat.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "oqat/Numerics/Packing.h"
#include "oqat/Numerics/Random.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::oqat;
namespace numerics = ::oqat::numerics;

namespace {

struct Layer {
  int weightBits = 2, inputBits = 2, zeroPoint = 0;
  bool isSigned = false, odd = false, depthwise = false;
  int64_t outputs = 1, inputs = 1, kernel = 1;
  std::vector<int8_t> codes;

  int64_t taps() const { return kernel * kernel; }
  int64_t rowLength() const { return taps() * (depthwise ? 1 : inputs); }
  numerics::CodeRange range() const {
    return numerics::codeRange(inputBits, isSigned);
  }
  int64_t weight(int64_t n, int64_t k) const {
    int64_t code = codes[n * rowLength() + k];
    return odd ? 2 * code + 1 : code;
  }
};

Layer randomLayer(numerics::Random &random, int weightBits, int inputBits) {
  Layer layer;
  layer.weightBits = weightBits;
  layer.inputBits = inputBits;
  layer.isSigned = random.below(3) == 0;
  layer.odd = weightBits == 1 || random.below(3) == 0;
  layer.depthwise = random.below(2);
  layer.kernel = 1 + 2 * static_cast<int64_t>(random.below(3));
  layer.outputs = 1 + static_cast<int64_t>(random.below(7));
  layer.inputs = layer.depthwise ? layer.outputs
                                 : 1 + static_cast<int64_t>(random.below(40));
  if (!layer.isSigned && random.below(2))
    layer.zeroPoint = static_cast<int>(random.below(1 << inputBits));
  numerics::CodeRange range = numerics::codeRange(weightBits, true);
  layer.codes.resize(layer.outputs * layer.rowLength());
  for (int8_t &code : layer.codes)
    code = static_cast<int8_t>(
        range.lo + static_cast<int32_t>(
                       random.below(static_cast<uint64_t>(1) << weightBits)));
  return layer;
}

std::string denseText(ArrayRef<int8_t> values, const std::string &type) {
  std::string hex = "dense<\"0x";
  for (int8_t value : values) {
    char digits[3];
    snprintf(digits, sizeof(digits), "%02X", static_cast<uint8_t>(value));
    hex += digits;
  }
  return hex + "\"> : tensor<" + type + "xi8>";
}

std::string extents(std::initializer_list<int64_t> list) {
  std::string text;
  for (int64_t extent : list)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

/// The layer at the integer level, on a picture as large as its kernel.
std::string integerText(const Layer &l) {
  numerics::CodeRange w = numerics::codeRange(l.weightBits, true);
  auto quantized = [](bool isSigned, numerics::CodeRange range,
                      int64_t zeroPoint) {
    return "x!quant.uniform<" + std::string(isSigned ? "i8<" : "u8<") +
           std::to_string(range.lo) + ":" + std::to_string(range.hi) +
           ">:f32, 0.5:" + std::to_string(zeroPoint) + ">>";
  };
  std::string weightShape = extents(
      {l.outputs, l.kernel, l.kernel, l.depthwise ? int64_t(1) : l.inputs});
  std::string input = "tensor<" + extents({1, l.kernel, l.kernel, l.inputs}) +
                      quantized(l.isSigned, l.range(), l.zeroPoint);
  std::string weight = "tensor<" + weightShape + quantized(true, w, 0);
  return "func.func @f(%x: " + input + ") {\n%w = oqat.constant_codes " +
         denseText(l.codes, weightShape) + " step 0.5 " +
         (l.odd ? "odd " : "") + "layer \"layer\" : " + weight +
         "\n%r = oqat.conv2d %x, %w stride 1 " +
         (l.depthwise ? "depthwise" : "") + " : (" + input + ", " + weight +
         ") -> tensor<" + extents({1, l.kernel, l.kernel, l.outputs}) +
         "xi32>\nreturn\n}\n";
}

/// The layer at the packed level, where a signed code is stored with half of
/// its range added.
std::string packedText(const Layer &l) {
  std::vector<uint8_t> bytes = numerics::packCodes(
      l.codes.data(), static_cast<int64_t>(l.codes.size()), l.weightBits);
  std::vector<int8_t> packed(bytes.begin(), bytes.end());
  std::string size = std::to_string(packed.size());
  std::string outputs = std::to_string(l.outputs);
  std::string kernel = std::to_string(l.kernel);
  std::string input = "tensor<" + extents({1, l.kernel, l.kernel, l.inputs}) +
                      "x!bitpack.codes<" + std::to_string(l.inputBits) + ">>";
  int zeroPoint = l.isSigned ? -l.range().lo : l.zeroPoint;
  return "func.func @f(%x: " + input + ") {\n%r = bitpack." +
         (l.depthwise ? "depthwise_conv2d" : "conv2d") +
         " \"layer\" %x weights " + denseText(packed, size) + " bits " +
         std::to_string(l.weightBits) + " kernel [" + kernel + ", " + kernel +
         "] stride 1 scale dense<1.0> : tensor<" + outputs +
         "xf32> bias dense<0.0> : tensor<" + outputs +
         "xf32> {input_zero_point = " + std::to_string(zeroPoint) + " : i64" +
         (l.odd ? ", odd" : "") + "} : " + input + " -> tensor<" +
         extents({1, l.kernel, l.kernel, l.outputs}) + "xf32>\nreturn\n}\n";
}

class AccumulatorBoundsTest : public ::testing::Test {
protected:
  AccumulatorBoundsTest() {
    context
        .loadDialect<bitpack::BitpackDialect, OqatDialect, func::FuncDialect>();
  }

  std::optional<AccumulatorBounds> boundsOf(const std::string &text) {
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
    std::optional<AccumulatorBounds> bounds;
    if (module)
      module->walk([&](Operation *op) {
        if (auto found = computeAccumulatorBounds(op))
          bounds = found;
      });
    return bounds;
  }

  MLIRContext context;
};

/// One accumulator of an integer convolution at (y, x) of a picture as large as
/// the kernel, by the definition.
int64_t accumulate(const Layer &l, const std::vector<int32_t> &picture,
                   int64_t n, int64_t y, int64_t x) {
  int64_t sum = 0, border = l.kernel / 2;
  for (int64_t ky = 0; ky < l.kernel; ++ky)
    for (int64_t kx = 0; kx < l.kernel; ++kx) {
      int64_t py = y + ky - border, px = x + kx - border;
      if (py < 0 || px < 0 || py >= l.kernel || px >= l.kernel)
        continue;
      int64_t depth = l.depthwise ? 1 : l.inputs;
      for (int64_t c = 0; c < depth; ++c) {
        int64_t channel = l.depthwise ? n : c;
        int64_t q = picture[(py * l.kernel + px) * l.inputs + channel];
        sum +=
            (q - l.zeroPoint) * l.weight(n, (ky * l.kernel + kx) * depth + c);
      }
    }
  return sum;
}

/// The picture that drives channel `n` to one of its ends.
std::vector<int32_t> worstPicture(const Layer &l, int64_t n, bool up) {
  std::vector<int32_t> picture(l.taps() * l.inputs);
  for (int64_t tap = 0; tap < l.taps(); ++tap)
    for (int64_t c = 0; c < l.inputs; ++c) {
      int64_t w = l.weight(n, l.depthwise ? tap : tap * l.inputs + c);
      picture[tap * l.inputs + c] = (w < 0) != up ? l.range().hi : l.range().lo;
    }
  return picture;
}

/// No pixel of no channel passes its bounds.
void expectInside(const Layer &l, const std::vector<int32_t> &picture,
                  const AccumulatorBounds &bounds) {
  for (int64_t n = 0; n < l.outputs; ++n)
    for (int64_t y = 0; y < l.kernel; ++y)
      for (int64_t x = 0; x < l.kernel; ++x) {
        int64_t acc = accumulate(l, picture, n, y, x);
        EXPECT_GE(acc, bounds.channels[n].lo);
        EXPECT_LE(acc, bounds.channels[n].hi);
      }
}

void expectTight(const Layer &l, const AccumulatorBounds &bounds) {
  ASSERT_EQ(static_cast<int64_t>(bounds.channels.size()), l.outputs);
  int64_t centre = l.kernel / 2;
  for (int64_t n = 0; n < l.outputs; ++n)
    for (bool up : {false, true}) {
      std::vector<int32_t> picture = worstPicture(l, n, up);
      EXPECT_EQ(accumulate(l, picture, n, centre, centre),
                up ? bounds.channels[n].hi : bounds.channels[n].lo);
      expectInside(l, picture, bounds);
    }
}

TEST_F(AccumulatorBoundsTest, WorstPicturesReachThem) {
  uint64_t seed = 20261124;
  SCOPED_TRACE("seed " + std::to_string(seed));
  numerics::Random random(seed);
  for (int weightBits = 1; weightBits <= 8; ++weightBits)
    for (int inputBits = 1; inputBits <= 8; ++inputBits)
      for (int round = 0; round < 6; ++round) {
        Layer layer = randomLayer(random, weightBits, inputBits);
        std::vector<std::string> texts = {packedText(layer)};
        if (layer.zeroPoint == 0)
          texts.push_back(integerText(layer));
        for (const std::string &text : texts) {
          SCOPED_TRACE(text);
          auto bounds = boundsOf(text);
          ASSERT_TRUE(bounds);
          expectTight(layer, *bounds);
        }
      }
}

TEST_F(AccumulatorBoundsTest, EveryPictureOfASmallLayer) {
  uint64_t seed = 7;
  SCOPED_TRACE("seed " + std::to_string(seed));
  numerics::Random random(seed);
  for (int round = 0; round < 40; ++round) {
    Layer layer = randomLayer(random, 1 + round % 8, 1 + round / 8 % 2);
    layer.depthwise = false;
    layer.kernel = 1;
    layer.inputs = std::min<int64_t>(layer.codes.size() / layer.outputs, 5);
    layer.codes.resize(layer.outputs * layer.inputs);
    auto bounds = boundsOf(packedText(layer));
    ASSERT_TRUE(bounds);
    std::vector<numerics::Interval> seen(layer.outputs);
    int64_t pictures = int64_t(1) << (layer.inputBits * layer.inputs);
    for (int64_t index = 0; index < pictures; ++index) {
      std::vector<int32_t> picture;
      for (int64_t c = 0; c < layer.inputs; ++c)
        picture.push_back(layer.range().lo +
                          static_cast<int32_t>(index >> c * layer.inputBits &
                                               ((1 << layer.inputBits) - 1)));
      for (int64_t n = 0; n < layer.outputs; ++n) {
        int64_t acc = accumulate(layer, picture, n, 0, 0);
        seen[n] = numerics::joinIntervals(seen[n], {acc, acc});
      }
    }
    for (int64_t n = 0; n < layer.outputs; ++n) {
      EXPECT_EQ(bounds->channels[n].lo, seen[n].lo);
      EXPECT_EQ(bounds->channels[n].hi, seen[n].hi);
    }
  }
}

/// Whatever is added in 16 bits, wrapping, from the codes as they are stored is
/// exact in the end where 16 bits are said to be enough.
TEST_F(AccumulatorBoundsTest, SixteenBitsAreEnough) {
  uint64_t seed = 99;
  SCOPED_TRACE("seed " + std::to_string(seed));
  numerics::Random random(seed);
  int narrow = 0, wide = 0;
  for (int round = 0; round < 400; ++round) {
    Layer layer = randomLayer(random, 1 + static_cast<int>(random.below(8)),
                              1 + static_cast<int>(random.below(8)));
    auto bounds = boundsOf(packedText(layer));
    ASSERT_TRUE(bounds);
    int64_t worst = 0, zeroPoint = layer.zeroPoint - layer.range().lo;
    for (int64_t n = 0; n < layer.outputs; ++n)
      for (bool up : {false, true}) {
        int64_t exact = 0;
        uint16_t sum = 0;
        for (int64_t k = 0; k < layer.rowLength(); ++k) {
          int64_t w = layer.weight(n, k);
          int64_t stored = (w < 0) != up ? (1 << layer.inputBits) - 1 : 0;
          exact += (stored - zeroPoint) * w;
          sum = static_cast<uint16_t>(sum + stored * w - zeroPoint * w);
        }
        worst = std::max({worst, exact, -exact - 1});
        if (bounds->bits == 16) {
          EXPECT_EQ(static_cast<int16_t>(sum), exact);
        }
      }
    EXPECT_EQ(bounds->bits, worst <= INT16_MAX ? 16 : 32);
    ++(bounds->bits == 16 ? narrow : wide);
  }
  EXPECT_GT(narrow, 20);
  EXPECT_GT(wide, 20);
}

} // namespace
