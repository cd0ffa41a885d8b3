//===- Program.h - One subnet made ready to run ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program is the active part of a plan as a list of operations on buffers.
// Work goes by chunks of pictures: operations that need nothing but their own
// chunk of the one before run one after the other while its data is in the
// cache; an operation that needs all chunks (batch statistics) is a fence.
// Backward walks the same list in reverse. Sums over pictures are made per
// chunk and added in the order of chunks, so that nothing depends on threads.
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_TRAIN_MODEL_PROGRAM_H
#define OQAT_TRAIN_MODEL_PROGRAM_H

#include "oqat/Numerics/Bounds.h"
#include "train/Dist/Communicator.h"
#include "train/Model/Parameters.h"
#include "train/Model/PlanKernels.h"
#include "train/Model/Selection.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace oqat::train {

class Gpu;
class ProgramMemory;

/// Pictures per chunk.
inline constexpr int64_t kChunkImages = 8;

struct Chunk {
  int64_t index, first, count;
};

/// Where batch norm takes its mean and variance from.
enum class Statistics { Batch, Running };

struct RunMode {
  Statistics statistics = Statistics::Batch;
  bool backward = false;
  /// Steps that are 0 are set from the first values that reach them.
  bool initializeSteps = false;
  /// Whether the factors of gradients' products are rounded to bfloat16.
  bool bfloat16Gradients = false;
  /// Who runs the rest of the batch, and its pictures in all; 0: there is no
  /// rest. Statistics and gradients of batch norm are those of all pictures.
  Communicator *ranks = &aloneRank();
  int64_t batchImages = 0;
};

/// What a plan needs to run: shared by all programs.
struct Network {
  const formats::Plan &plan;
  const PlanKernels &kernels;
  /// Where programs run, in place of the CPU.
  Gpu *gpu = nullptr;
};

/// What a batch norm has on a GPU: places in the program's memory.
struct NormPlaces {
  int64_t sums = 0, squares = 0;                 // of forward's sums
  int64_t a = 0, b = 0;                          // of uploads, f32
  int64_t mean = 0, variance = 0, deviation = 0; // of weights, f64
  int64_t ends = 0;                     // of weights, [2][channels], f32
  int64_t da = 0, db = 0, p = 0, q = 0; // of gradients
  /// Of weightGradients, where another rank adds these.
  int64_t gammaGrad = 0, betaGrad = 0;
};

/// Between a convolution and the chain that rescales its result.
struct Accumulator {
  std::string layer;
  double product = 1.0; // sa * sw
  bool isQuantized = false;
  std::vector<numerics::Interval> intervals; // per channel, when quantized
  bool wantsStatistics = false;
  std::vector<double> sums, squares; // [chunks][channels]
  /// In place of squares where their sum may exceed 2^53.
  std::vector<int64_t> wideSquares;
  // Set by the chain.
  bool isNormalized = false, isRescaled = false;
  at::Tensor a, b;      // [channels]
  at::Tensor da, db;    // [chunks][channels]
  at::Tensor gradScale; // p and q of normGradient, [2][channels]
  std::vector<double> mean, variance, deviation;
  const formats::PlanBatchNorm *norm = nullptr;
  Parameter *gamma = nullptr, *beta = nullptr;
  // Of a program on a GPU:
  NormPlaces places;
  bool hasIntegerSums = false;
};

struct Value {
  int64_t height = 0, width = 0, channels = 0;
  at::Tensor data;  // f32 [images][pixels][channels]
  at::Tensor codes; // u8, the same shape
  at::Tensor grad;  // of the dequantized value
  float step = 0;   // |s| of codes
  numerics::CodeRange range{0, 0};
  std::string name;                  // of a quantized tensor
  bool isPicture = false;            // needs no gradient
  int64_t maker = 0, lastReader = 0; // indices of operations
  at::Tensor again;         // of a picture: `data` of backward, made once more
  bool isReadAtEnd = false; // by a finishBackward()
  float bound = -1;         // of |value|; below 0: not known
  /// The same on a GPU, where it is made there; undefined if not known.
  std::function<at::Tensor()> gpuBound;
  std::unique_ptr<Accumulator> accumulator;

  int64_t pixels() const { return height * width; }
  int64_t perImage() const { return pixels() * channels; }
  bool isCodes() const { return codes.defined(); }
  float *at(int64_t image) {
    return data.data_ptr<float>() + image * perImage();
  }
  uint8_t *codesAt(int64_t image) {
    return codes.data_ptr<uint8_t>() + image * perImage();
  }
  float *gradAt(int64_t image) {
    return grad.data_ptr<float>() + image * perImage();
  }
};

/// A value that an operation reads; in backward the last reader writes the
/// gradient and the others add to it.
struct Use {
  Value *value = nullptr;
  bool accumulates = false;
};

class Operation {
public:
  virtual ~Operation() = default;

  /// The plan's name for error messages; may be empty.
  virtual std::string name() const { return {}; }
  virtual bool forwardFence() const { return false; }
  virtual bool backwardFence() const { return false; }
  /// On any thread, before everything: cut and quantize weights.
  virtual void prepare() {}
  virtual void beginForward() {}
  virtual void forward(const Chunk &chunk) = 0;
  virtual void beginBackward() {}
  virtual void backward(const Chunk &chunk) = 0;
  /// On any thread, after everything: gradients of own parameters.
  virtual void finishBackward() {}
  /// The values whose gradient it writes.
  virtual std::vector<Use *> uses() { return {}; }
  virtual Value *result() const { return nullptr; }
  /// Of a batch-normalised layer, the accumulator that carries its statistics.
  virtual Accumulator *normalized() const { return nullptr; }
  /// The parameters whose gradient it adds to.
  virtual std::vector<const Parameter *> trained() const { return {}; }
};

/// On a GPU it belongs to the step of its parameters that has begun there
/// (train/Gpu/SharedParameters.h), which then has their gradients, or is one.
class Program {
public:
  /// `images` pictures of the selection's size.
  Program(const Network &network, const Selection &selection,
          Parameters &parameters, RunMode mode, int64_t images);
  ~Program();

  /// u8 [images][size][size][3], to be filled before forward().
  uint8_t *input();
  int64_t inputSize() const;
  void forward();
  /// f32 [images][classes].
  const float *logits() const;
  /// Gradient of the logits, to be filled before backward().
  float *logitsGrad();
  /// Once after forward(): it writes over what it has used.
  /// `finished`, where given, is called for every operation as soon as the
  /// gradients of its parameters are made, by this thread and in an order that
  /// depends on the subnet alone.
  void backward(const std::function<void(const Operation &)> &finished = {});

  /// Waits for what forward() or backward() have started on a GPU.
  void synchronize() const;

  int64_t images() const { return imageCount; }
  bool isOnGpu() const { return gpu; }
  const std::vector<std::unique_ptr<Operation>> &operations() const {
    return ops;
  }
  /// All values, in order: the same for programs of one subnet.
  const std::vector<std::unique_ptr<Value>> &allValues() const {
    return values;
  }
  /// The quantized activations, in order.
  std::vector<Value *> quantizedValues() const;
  /// The first layer whose result holds a NaN or an infinity; empty if none.
  std::string firstNonFinite() const;

private:
  friend class ProgramBuilder;
  int64_t imageCount;
  Gpu *gpu;
  Communicator *ranks;
  /// Whether it is a step of its own on the GPU.
  bool isStep = false;
  Parameters &parameters;
  /// Of a program on a GPU, with the place of its pictures.
  std::unique_ptr<ProgramMemory> memory;
  int64_t picturesPlace = 0;
  /// The host's copies of what is on a GPU.
  mutable at::Tensor hostLogits;
  at::Tensor hostLogitsGrad;
  std::vector<std::unique_ptr<Value>> values;
  std::vector<std::unique_ptr<Operation>> ops;
  Value *in = nullptr, *out = nullptr;
  at::Tensor pictures;
  /// Holds all values and their gradients.
  at::Tensor slab;
  bool isCalibrating;

  void place(bool withBackward);
  at::Tensor takeSlab(int64_t bytes);
  at::Tensor placed(int64_t offset, const at::Tensor &like) const;
  int64_t forwardEnd(int64_t begin) const;
  /// Where the backward pass that reaches operation `end` first stops.
  int64_t backwardBegin(int64_t end) const;
  int64_t chunkCount() const;
  Chunk chunk(int64_t index) const;
};

/// A value's tensor that has no memory yet; the program gives it its place.
at::Tensor unplaced(std::vector<int64_t> shape, at::ScalarType type);
at::Tensor makeFloats(std::vector<int64_t> shape);
at::Tensor makeZeros(std::vector<int64_t> shape);

} // namespace oqat::train

#endif // OQAT_TRAIN_MODEL_PROGRAM_H
