//===- ChainReference.cpp - What a kernel must compute --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChainReference.h"
#include "oqat/Numerics/Activations.h"
#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Rescale.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

using namespace oqat;
using namespace oqat::test;

std::vector<std::string> oqat::test::splitStages(const std::string &kernel) {
  std::vector<std::string> stages;
  std::istringstream stream(kernel);
  for (std::string part; std::getline(stream, part, '_');)
    if (!stages.empty() && stages.back() == "h")
      stages.back() += "_" + part;
    else
      stages.push_back(part);
  return stages;
}

bool oqat::test::hasStage(const std::string &kernel, const std::string &stage) {
  std::vector<std::string> stages = splitStages(kernel);
  return std::find(stages.begin(), stages.end(), stage) != stages.end();
}

namespace {
/// Channel and [image, channel] index of an element.
struct Place {
  Place(const Shape &shape, size_t i)
      : channel(i % static_cast<size_t>(shape.channels)),
        imageChannel(i / static_cast<size_t>(shape.pixels * shape.channels) *
                         static_cast<size_t>(shape.channels) +
                     channel) {}
  size_t channel, imageChannel;
};

numerics::CodeRange rangeOf(const KernelInputs &in) {
  return {static_cast<int32_t>(in.quant[1]), static_cast<int32_t>(in.quant[2])};
}

float applyInFloat(const std::string &stage, const KernelInputs &in, size_t i,
                   float x) {
  Place at(in.shape, i);
  if (stage == "rescale")
    return numerics::rescaleFloat(x, {in.a[at.channel], in.b[at.channel]});
  if (stage == "relu")
    return numerics::relu(x);
  if (stage == "relu6")
    return numerics::relu6(x);
  if (stage == "h_swish")
    return numerics::hSwish(x);
  if (stage == "h_sigmoid")
    return numerics::hSigmoid(x);
  if (stage == "add")
    return x + in.residual[i];
  if (stage == "scale")
    return x * in.gate[at.imageChannel];
  return numerics::quantizeToFloat(x, in.quant[0], rangeOf(in));
}

/// Inputs of every stage, by one of the two arithmetics.
template <typename T, typename Apply>
std::vector<T> stageInputs(const std::vector<std::string> &stages,
                           const KernelInputs &in, size_t i, Apply apply) {
  std::vector<T> values{static_cast<T>(in.x[i])};
  for (const std::string &stage : stages)
    values.push_back(apply(stage, in, i, values.back()));
  return values;
}

double applyInDouble(const std::string &stage, const KernelInputs &in, size_t i,
                     double x) {
  Place at(in.shape, i);
  if (stage == "rescale")
    return x * in.a[at.channel] + in.b[at.channel];
  if (stage == "relu")
    return x > 0 ? x : 0;
  if (stage == "relu6")
    return x > 6 ? 6 : x > 0 ? x : 0;
  if (stage == "h_swish")
    return x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6;
  if (stage == "h_sigmoid")
    return x <= -3 ? 0 : x >= 3 ? 1 : (x + 3) / 6;
  if (stage == "add")
    return x + in.residual[i];
  if (stage == "scale")
    return x * in.gate[at.imageChannel];
  return x; // a quantizer's derivative is stated in its input
}
} // namespace

float oqat::test::forwardInFloat(const std::string &kernel,
                                 const KernelInputs &in, size_t i) {
  return stageInputs<float>(splitStages(kernel), in, i, applyInFloat).back();
}

KernelGradients oqat::test::backwardInFloat(const std::string &kernel,
                                            const KernelInputs &in) {
  KernelGradients g;
  g.dx.resize(in.x.size());
  g.dresidual.resize(in.residual.size());
  g.da.resize(in.a.size());
  g.db.resize(in.b.size());
  g.dstep.resize(in.quant.empty() ? 0 : static_cast<size_t>(in.shape.channels));
  g.dgate.resize(in.gate.size());
  std::vector<std::string> stages = splitStages(kernel);
  for (size_t i = 0; i < in.x.size(); ++i) {
    Place at(in.shape, i);
    std::vector<float> values = stageInputs<float>(stages, in, i, applyInFloat);
    float grad = in.grad[i];
    for (size_t s = stages.size(); s-- > 0;) {
      const std::string &stage = stages[s];
      float x = values[s];
      if (stage == "quantize") {
        g.dstep[at.channel] +=
            grad * numerics::quantizeStepGrad(x, in.quant[0], rangeOf(in));
        grad *= numerics::quantizeGrad(x, in.quant[0], rangeOf(in));
      } else if (stage == "relu") {
        grad *= numerics::reluGrad(x);
      } else if (stage == "relu6") {
        grad *= numerics::relu6Grad(x);
      } else if (stage == "h_swish") {
        grad *= numerics::hSwishGrad(x);
      } else if (stage == "h_sigmoid") {
        grad *= numerics::hSigmoidGrad(x);
      } else if (stage == "add") {
        g.dresidual[i] = grad;
      } else if (stage == "scale") {
        g.dgate[at.imageChannel] += grad * x;
        grad *= in.gate[at.imageChannel];
      } else {
        g.da[at.channel] += grad * x;
        g.db[at.channel] += grad;
      }
    }
    g.dx[i] = grad;
  }
  return g;
}

DoubleGradients oqat::test::backwardInDouble(const std::string &kernel,
                                             const KernelInputs &in) {
  DoubleGradients g;
  g.dx.resize(in.x.size());
  g.dresidual.resize(in.residual.size());
  g.da.resize(in.a.size());
  g.db.resize(in.b.size());
  g.dstep.resize(in.quant.empty() ? 0 : static_cast<size_t>(in.shape.channels));
  g.dgate.resize(in.gate.size());
  std::vector<std::string> stages = splitStages(kernel);
  for (size_t i = 0; i < in.x.size(); ++i) {
    Place at(in.shape, i);
    std::vector<double> values =
        stageInputs<double>(stages, in, i, applyInDouble);
    double grad = in.grad[i];
    for (size_t s = stages.size(); s-- > 0;) {
      const std::string &stage = stages[s];
      double x = values[s];
      if (stage == "quantize") {
        double u = x * in.quant[0], low = in.quant[1], high = in.quant[2];
        bool inside = low < u && u < high;
        g.dstep[at.channel] += grad * (inside     ? std::nearbyint(u) - u
                                       : u <= low ? low
                                                  : high);
        grad = inside ? grad : 0;
      } else if (stage == "relu") {
        grad = x > 0 ? grad : 0;
      } else if (stage == "relu6") {
        grad = x > 0 && x < 6 ? grad : 0;
      } else if (stage == "h_swish") {
        grad *= x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6;
      } else if (stage == "h_sigmoid") {
        grad *= x > -3 && x < 3 ? 1.0 / 6 : 0;
      } else if (stage == "add") {
        g.dresidual[i] = grad;
      } else if (stage == "scale") {
        g.dgate[at.imageChannel] += grad * x;
        grad *= in.gate[at.imageChannel];
      } else {
        g.da[at.channel] += grad * x;
        g.db[at.channel] += grad;
      }
    }
    g.dx[i] = grad;
  }
  return g;
}

double oqat::test::distanceToKink(const std::string &kernel,
                                  const KernelInputs &in, size_t i) {
  std::vector<std::string> stages = splitStages(kernel);
  std::vector<double> values =
      stageInputs<double>(stages, in, i, applyInDouble);
  double distance = std::numeric_limits<double>::infinity();
  // What a flat activation yields is exact and lies where it lies.
  auto meet = [&](double d) {
    if (d != 0)
      distance = std::min(distance, std::fabs(d));
  };
  for (size_t s = 0; s < stages.size(); ++s) {
    double x = values[s];
    if (stages[s] == "relu" || stages[s] == "relu6")
      meet(x);
    if (stages[s] == "relu6")
      meet(x - 6);
    if (stages[s] == "h_swish" || stages[s] == "h_sigmoid")
      meet(x - 3), meet(x + 3);
    if (stages[s] == "quantize") {
      double u = x * in.quant[0];
      meet(u - in.quant[1]);
      meet(u - in.quant[2]);
      meet(u - std::floor(u) - 0.5);
    }
  }
  return distance;
}
