//===- Plan.cpp - The training plan's syntax ------------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// JSON to structs. PlanCheck.cpp then resolves every reference.
//
//===----------------------------------------------------------------------===//

#include "oqat/Formats/Plan.h"
#include "JsonCursor.h"
#include "PlanCheck.h"
#include "oqat/Formats/File.h"

using namespace oqat::formats;

namespace {
constexpr int64_t kMaxChannels = int64_t(1) << 24;

int64_t parseValueId(const JsonCursor &json) {
  return json.integer(0, INT32_MAX);
}

/// The name of a kind from a table of {name, kind}.
template <typename Kind, size_t N>
Kind parseKind(const JsonCursor &json,
               const std::pair<const char *, Kind> (&table)[N]) {
  std::string name = json.string();
  for (const auto &[text, kind] : table)
    if (name == text)
      return kind;
  json.fail("unknown op '" + name + "'");
}

PlanChoice parseChoice(const JsonCursor &json) {
  PlanChoice choice;
  choice.name = json["name"].string();
  choice.key = json["key"].string();
  if (json.has("index"))
    choice.index = json["index"].integer(0, INT32_MAX);
  if (json.has("perLayer"))
    choice.perLayer = json["perLayer"].boolean();
  choice.values = json["values"].numbers();
  if (choice.values.empty())
    json["values"].fail("expected at least one value");
  return choice;
}

PlanParameter parseParameter(const JsonCursor &json) {
  return {json["name"].string(), json["kind"].string(), json["shape"].shape()};
}

std::optional<PlanExtent> parseExtent(const JsonCursor &weight,
                                      const std::string &key) {
  if (!weight.has(key))
    return std::nullopt;
  return PlanExtent{weight[key]["base"].integer(1, kMaxChannels),
                    weight[key]["choice"].string()};
}

PlanWeight parseWeight(const JsonCursor &json) {
  PlanWeight weight;
  weight.parameter = json["parameter"].string();
  weight.out = parseExtent(json, "out");
  weight.in = parseExtent(json, "in");
  if (json.has("kernel"))
    weight.kernelChoice = json["kernel"]["choice"].string();
  if (json.has("transforms"))
    for (const JsonCursor &transform : json["transforms"].elements())
      weight.transforms.push_back({transform["from"].integer(1, 255),
                                   transform["to"].integer(1, 255),
                                   transform["parameter"].string()});
  return weight;
}

PlanQuantizer parseQuantizer(const JsonCursor &json) {
  PlanQuantizer quantizer;
  quantizer.step = json["step"].string();
  quantizer.isSigned = json["signed"].boolean();
  if (json["bits"].isObject())
    quantizer.bitsChoice = json["bits"]["choice"].string();
  else
    quantizer.bits = json["bits"].integer(1, 8);
  if (json.has("entry"))
    quantizer.entry = json["entry"].integer(0, 255);
  quantizer.name = json.stringOr("name");
  return quantizer;
}

PlanBatchNorm parseBatchNorm(const JsonCursor &json) {
  PlanBatchNorm norm;
  norm.gamma = json["gamma"].string();
  norm.beta = json["beta"].string();
  norm.mean = json["mean"].string();
  norm.variance = json["variance"].string();
  norm.eps = json["eps"].number();
  if (!(norm.eps >= 0))
    json["eps"].fail("expected a number that is not negative");
  return norm;
}

PlanStage parseStage(const JsonCursor &json) {
  using Kind = PlanStage::Kind;
  static constexpr std::pair<const char *, Kind> kinds[] = {
      {"rescale", Kind::Rescale},    {"relu", Kind::Relu},
      {"relu6", Kind::Relu6},        {"h_swish", Kind::HSwish},
      {"h_sigmoid", Kind::HSigmoid}, {"add", Kind::Add},
      {"scale", Kind::Scale},        {"quantize", Kind::Quantize}};
  PlanStage stage;
  stage.kind = parseKind(json["op"], kinds);
  if (stage.kind == Kind::Rescale && json.has("batchNorm"))
    stage.batchNorm = parseBatchNorm(json["batchNorm"]);
  if (stage.kind == Kind::Add || stage.kind == Kind::Scale)
    stage.in = parseValueId(json["in"]);
  if (stage.kind == Kind::Quantize)
    stage.quantizer = parseQuantizer(json);
  return stage;
}

PlanAffine parseAffine(const JsonCursor &json) {
  return {json["weight"].string(), json["bias"].string()};
}

std::vector<PlanNode> parseBody(const JsonCursor &json);

void parseConv(const JsonCursor &json, PlanNode &node) {
  node.stride = json["stride"].integer(1, 16);
  node.depthwise = json["depthwise"].boolean();
  node.weight = parseWeight(json["weight"]);
  if (json.has("weightQuantizer"))
    node.weightQuantizer = parseQuantizer(json["weightQuantizer"]);
}

void parsePointwise(const JsonCursor &json, PlanNode &node) {
  node.kernel = json["kernel"].string();
  node.floatKernel = json.stringOr("floatKernel");
  for (const JsonCursor &stage : json["stages"].elements())
    node.stages.push_back(parseStage(stage));
  if (node.stages.empty())
    json["stages"].fail("expected at least one stage");
}

void parseElasticStage(const JsonCursor &json, PlanNode &node) {
  node.choice = json["choice"].string();
  for (const JsonCursor &block : json["blocks"].elements())
    node.blocks.push_back({parseValueId(block["arg"]),
                           parseValueId(block["result"]),
                           parseBody(block["body"])});
}

PlanNode parseNode(const JsonCursor &json) {
  using Kind = PlanNode::Kind;
  static constexpr std::pair<const char *, Kind> kinds[] = {
      {"normalize", Kind::Normalize}, {"conv2d", Kind::Conv2d},
      {"pointwise", Kind::Pointwise}, {"gate", Kind::Gate},
      {"pool", Kind::Pool},           {"linear", Kind::Linear},
      {"stage", Kind::Stage}};
  PlanNode node;
  node.kind = parseKind(json["op"], kinds);
  node.name = json.stringOr("name");
  node.in = parseValueId(json["in"]);
  node.out = parseValueId(json["out"]);
  if (node.kind == Kind::Normalize) {
    node.mean = json["mean"].numbers();
    node.deviation = json["std"].numbers();
  } else if (node.kind == Kind::Conv2d) {
    parseConv(json, node);
  } else if (node.kind == Kind::Pointwise) {
    parsePointwise(json, node);
  } else if (node.kind == Kind::Gate) {
    node.reduce = parseAffine(json["reduce"]);
    node.expand = parseAffine(json["expand"]);
  } else if (node.kind == Kind::Linear) {
    node.linear = parseAffine(json);
  } else if (node.kind == Kind::Stage) {
    parseElasticStage(json, node);
  }
  return node;
}

std::vector<PlanNode> parseBody(const JsonCursor &json) {
  std::vector<PlanNode> body;
  for (const JsonCursor &node : json.elements())
    body.push_back(parseNode(node));
  return body;
}

PlanGpuCode parseGpuCode(const JsonCursor &json) {
  std::string format = json["format"].string();
  if (format != "ptx" && format != "cubin")
    json["format"].fail("expected 'ptx' or 'cubin', but got '" + format + "'");
  return {json["chip"].string(), format == "ptx", json["file"].string(),
          json["sha256"].string()};
}

Plan parseRoot(const JsonCursor &json) {
  json.expectFormat("oqat-plan", 3);
  Plan plan;
  plan.network = json["network"].string();
  plan.classes = json["classes"].integer(1, kMaxChannels);
  for (const JsonCursor &choice : json["space"]["choices"].elements())
    plan.choices.push_back(parseChoice(choice));
  for (const JsonCursor &parameter : json["parameters"].elements())
    plan.parameters.push_back(parseParameter(parameter));
  plan.input = parseValueId(json["input"]);
  plan.output = parseValueId(json["output"]);
  plan.body = parseBody(json["body"]);
  JsonCursor kernels = json["kernels"];
  plan.kernelsFile = kernels["file"].string();
  plan.kernelsSha256 = kernels.stringOr("sha256");
  for (const JsonCursor &function : kernels["functions"].elements())
    plan.kernelFunctions.push_back(function.string());
  for (const JsonCursor &function : kernels["weightFunctions"].elements())
    plan.weightFunctions.push_back(function.string());
  if (kernels.has("gpu"))
    for (const JsonCursor &code : kernels["gpu"].elements())
      plan.gpuCode.push_back(parseGpuCode(code));
  return plan;
}
} // namespace

const PlanChoice *Plan::findChoice(const std::string &name) const {
  for (const PlanChoice &choice : choices)
    if (choice.name == name)
      return &choice;
  return nullptr;
}

const PlanParameter *Plan::findParameter(const std::string &name) const {
  for (const PlanParameter &parameter : parameters)
    if (parameter.name == name)
      return &parameter;
  return nullptr;
}

std::string oqat::formats::weightKernelName(bool transforms, bool quantizes) {
  return std::string("weight") + (transforms ? "_transform" : "") +
         (quantizes ? "_quantize" : "");
}

int64_t Plan::stepEntry(const PlanQuantizer &quantizer, int64_t bits) const {
  if (quantizer.bitsChoice.empty())
    return quantizer.entry;
  const std::vector<double> &values = findChoice(quantizer.bitsChoice)->values;
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i] == static_cast<double>(bits))
      return static_cast<int64_t>(i);
  return -1;
}

std::optional<Plan> oqat::formats::parsePlan(std::string_view text,
                                             const std::string &place,
                                             std::string &error) {
  return readDocument(text, place, error, [](const JsonCursor &root) {
    Plan plan = parseRoot(root);
    checkPlan(plan);
    return plan;
  });
}

std::optional<Plan> oqat::formats::readPlan(const std::string &path,
                                            std::string &error) {
  std::optional<std::string> text = readFile(path, kMaxJsonBytes, error);
  return text ? parsePlan(*text, path, error) : std::nullopt;
}
