//===- PlanCheck.cpp - References of a training plan ----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names are unique and known, parameters have the rank their use needs, every
// value is defined once and before its uses, inside its block.
//
//===----------------------------------------------------------------------===//

#include "PlanCheck.h"
#include "JsonCursor.h"

#include <set>

using namespace oqat::formats;

namespace {
class Checker {
public:
  explicit Checker(const Plan &plan) : plan(plan) {}
  void run();

private:
  [[noreturn]] void fail(const std::string &what) const {
    throw FormatError{where.empty() ? what : where + ": " + what};
  }
  const PlanChoice &choice(const std::string &name) const;
  const PlanParameter &parameter(const std::string &name, size_t rank) const;
  void kernel(const std::string &name) const;
  void define(int64_t value, std::set<int64_t> &scope);
  void use(int64_t value, const std::set<int64_t> &scope) const;

  void checkTables();
  void checkBody(const std::vector<PlanNode> &body, std::set<int64_t> &scope);
  void checkNode(const PlanNode &node, const std::set<int64_t> &scope);
  void checkConv(const PlanNode &node) const;
  void checkWeight(const PlanWeight &weight, int64_t kernelSize) const;
  void checkWeightKernels(const PlanWeight &weight, bool quantizes) const;
  void checkQuantizer(const PlanQuantizer &quantizer) const;
  void checkPointwise(const PlanNode &node,
                      const std::set<int64_t> &scope) const;
  void checkElasticStage(const PlanNode &node, const std::set<int64_t> &scope);

  const Plan &plan;
  std::string where;
  std::map<std::string, const PlanChoice *> choices;
  std::map<std::string, const PlanParameter *> parameters;
  std::set<std::string> kernels, weightKernels;
  std::set<int64_t> defined;
};
} // namespace

const PlanChoice &Checker::choice(const std::string &name) const {
  auto it = choices.find(name);
  if (it == choices.end())
    fail("unknown choice '" + name + "'");
  return *it->second;
}

const PlanParameter &Checker::parameter(const std::string &name,
                                        size_t rank) const {
  auto it = parameters.find(name);
  if (it == parameters.end())
    fail("unknown parameter '" + name + "'");
  if (it->second->shape.size() != rank)
    fail("expected parameter '" + name + "' of rank " + std::to_string(rank) +
         ", but got rank " + std::to_string(it->second->shape.size()));
  return *it->second;
}

void Checker::kernel(const std::string &name) const {
  if (!kernels.count(name))
    fail("kernel '" + name + "' is not among kernels.functions");
}

void Checker::define(int64_t value, std::set<int64_t> &scope) {
  if (!defined.insert(value).second)
    fail("value " + std::to_string(value) + " is defined twice");
  scope.insert(value);
}

void Checker::use(int64_t value, const std::set<int64_t> &scope) const {
  if (!scope.count(value))
    fail("value " + std::to_string(value) + " is not defined here");
}

void Checker::checkTables() {
  for (const PlanChoice &choice : plan.choices) {
    if (!choices.emplace(choice.name, &choice).second)
      fail("choice '" + choice.name + "' occurs twice");
    std::set<double> values(choice.values.begin(), choice.values.end());
    if (values.size() != choice.values.size())
      fail("choice '" + choice.name + "' has a value twice");
  }
  for (const PlanParameter &parameter : plan.parameters)
    if (!parameters.emplace(parameter.name, &parameter).second)
      fail("parameter '" + parameter.name + "' occurs twice");
  kernels.insert(plan.kernelFunctions.begin(), plan.kernelFunctions.end());
  weightKernels.insert(plan.weightFunctions.begin(),
                       plan.weightFunctions.end());
  auto checkFile = [&](const std::string &where, const std::string &file) {
    if (file.empty() || file.find('/') != std::string::npos)
      fail(where + ": expected a file name, but got '" + file + "'");
  };
  checkFile("kernels.file", plan.kernelsFile);
  for (const PlanGpuCode &code : plan.gpuCode)
    checkFile("kernels.gpu", code.file);
}

void Checker::checkQuantizer(const PlanQuantizer &quantizer) const {
  auto it = parameters.find(quantizer.step);
  if (it == parameters.end())
    fail("unknown parameter '" + quantizer.step + "'");
  const std::vector<int64_t> &shape = it->second->shape;
  if (shape.size() > 1)
    fail("step '" + quantizer.step + "' has more than one dimension");
  int64_t entries = shape.empty() ? 1 : shape[0];
  if (quantizer.bitsChoice.empty()) {
    if (quantizer.entry >= entries)
      fail("step '" + quantizer.step + "' has no entry " +
           std::to_string(quantizer.entry));
    return;
  }
  const std::vector<double> &values = choice(quantizer.bitsChoice).values;
  if (entries != 1 && entries != static_cast<int64_t>(values.size()))
    fail("step '" + quantizer.step + "' has " + std::to_string(entries) +
         " entries for " + std::to_string(values.size()) + " bit-widths");
  for (double bits : values)
    if (!(bits >= 1 && bits <= 8) || bits != static_cast<int>(bits))
      fail("choice '" + quantizer.bitsChoice +
           "' has a bit-width that is not an integer from 1 to 8");
}

void Checker::checkWeight(const PlanWeight &weight, int64_t kernelSize) const {
  if (weight.out)
    choice(weight.out->choice);
  if (weight.in)
    choice(weight.in->choice);
  if (!weight.kernelChoice.empty())
    for (double size : choice(weight.kernelChoice).values)
      if (!(size >= 1 && size <= static_cast<double>(kernelSize)) ||
          size != static_cast<int>(size) || static_cast<int>(size) % 2 == 0)
        fail("choice '" + weight.kernelChoice +
             "' has a kernel size that is not odd and at most " +
             std::to_string(kernelSize));
  int64_t from = kernelSize;
  for (const PlanTransform &transform : weight.transforms) {
    if (transform.from != from || transform.to >= from || transform.to % 2 == 0)
      fail("transform '" + transform.parameter + "' goes from " +
           std::to_string(transform.from) + " to " +
           std::to_string(transform.to) + ", but the kernel is " +
           std::to_string(from));
    const PlanParameter &matrix = parameter(transform.parameter, 2);
    int64_t taps = transform.to * transform.to;
    if (matrix.shape != std::vector<int64_t>{taps, taps})
      fail("transform '" + transform.parameter + "' is not " +
           std::to_string(taps) + "x" + std::to_string(taps));
    from = transform.to;
  }
}

/// A kernel may be smaller than the last matrix's, so none transforms alone.
void Checker::checkWeightKernels(const PlanWeight &weight,
                                 bool quantizes) const {
  for (bool transforms : {false, true}) {
    std::string name = weightKernelName(transforms, quantizes);
    if ((!transforms || !weight.transforms.empty()) &&
        !weightKernels.count(name))
      fail("kernel '" + name + "' is not among kernels.weightFunctions");
  }
}

void Checker::checkConv(const PlanNode &node) const {
  const PlanParameter &weight = parameter(node.weight.parameter, 4);
  if (weight.shape[1] != weight.shape[2] || weight.shape[1] % 2 == 0)
    fail("parameter '" + weight.name + "' has no odd square kernel");
  if (node.depthwise && weight.shape[3] != 1)
    fail("depthwise parameter '" + weight.name +
         "' has more than one input channel");
  checkWeight(node.weight, weight.shape[1]);
  checkWeightKernels(node.weight, /*quantizes=*/false);
  if (!node.weightQuantizer)
    return;
  checkQuantizer(*node.weightQuantizer);
  checkWeightKernels(node.weight, /*quantizes=*/true);
}

void Checker::checkPointwise(const PlanNode &node,
                             const std::set<int64_t> &scope) const {
  kernel(node.kernel);
  if (!node.floatKernel.empty())
    kernel(node.floatKernel);
  for (size_t i = 0; i < node.stages.size(); ++i) {
    const PlanStage &stage = node.stages[i];
    if (stage.kind == PlanStage::Kind::Quantize) {
      if (i + 1 != node.stages.size())
        fail("'quantize' is not the last stage");
      checkQuantizer(stage.quantizer);
    }
    if (stage.kind == PlanStage::Kind::Rescale && i != 0)
      fail("'rescale' is not the first stage");
    if (stage.in >= 0)
      use(stage.in, scope);
    if (const auto &norm = stage.batchNorm)
      for (const std::string &name :
           {norm->gamma, norm->beta, norm->mean, norm->variance})
        parameter(name, 1);
  }
}

void Checker::checkElasticStage(const PlanNode &node,
                                const std::set<int64_t> &scope) {
  for (double depth : choice(node.choice).values)
    if (!(depth >= 1 && depth <= static_cast<double>(node.blocks.size())) ||
        depth != static_cast<int>(depth))
      fail("choice '" + node.choice + "' has a depth that is not from 1 to " +
           std::to_string(node.blocks.size()));
  for (const PlanBlock &block : node.blocks) {
    std::set<int64_t> inner = scope;
    define(block.arg, inner);
    checkBody(block.body, inner);
    use(block.result, inner);
  }
}

void Checker::checkNode(const PlanNode &node, const std::set<int64_t> &scope) {
  using Kind = PlanNode::Kind;
  use(node.in, scope);
  switch (node.kind) {
  case Kind::Normalize:
    if (node.mean.empty() || node.mean.size() != node.deviation.size())
      fail("mean and std differ in length");
    return;
  case Kind::Conv2d:
    return checkConv(node);
  case Kind::Pointwise:
    return checkPointwise(node, scope);
  case Kind::Gate:
    for (const PlanAffine *layer : {&node.reduce, &node.expand}) {
      parameter(layer->weight, 4);
      parameter(layer->bias, 1);
    }
    return;
  case Kind::Linear:
    parameter(node.linear.weight, 2);
    parameter(node.linear.bias, 1);
    return;
  case Kind::Stage:
    return checkElasticStage(node, scope);
  case Kind::Pool:
    return;
  }
}

void Checker::checkBody(const std::vector<PlanNode> &body,
                        std::set<int64_t> &scope) {
  std::string outer = where;
  for (size_t i = 0; i < body.size(); ++i) {
    where =
        (outer.empty() ? "body[" : outer + ".body[") + std::to_string(i) + "]";
    checkNode(body[i], scope);
    define(body[i].out, scope);
  }
  where = outer;
}

void Checker::run() {
  checkTables();
  std::set<int64_t> scope;
  define(plan.input, scope);
  checkBody(plan.body, scope);
  use(plan.output, scope);
}

void oqat::formats::checkPlan(const Plan &plan) { Checker(plan).run(); }
