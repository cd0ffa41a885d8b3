//===- GraphWriter.cpp - graph.json of a training plan --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A chain becomes a node where its last operation stands, so that every value
// it needs has a number by then.
//
//===----------------------------------------------------------------------===//

#include "GraphWriter.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::oqat;

GraphWriter::GraphWriter(llvm::json::OStream &json, SupernetOp net,
                         ArrayRef<PointwiseChain> chains)
    : json(json), net(net) {
  for (const PointwiseChain &chain : chains) {
    starts[chain.getFirst()] = &chain;
    ends[chain.getLast()] = &chain;
  }
}

/// Quantized ends and streams are no stages of a chain, and nothing else yet.
static LogicalResult refuseOptions(SupernetOp net) {
  WalkResult result = net.walk([](Operation *op) -> WalkResult {
    if (!isa<AddOp, SqueezeExciteOp>(op) || !op->hasAttr("bits"))
      return WalkResult::advance();
    return op->emitOpError("of 8 bits has no form in a training plan: expected "
                           "full-precision ends and a float residual stream");
  });
  return failure(result.wasInterrupted());
}

LogicalResult GraphWriter::write() {
  if (failed(refuseOptions(net)))
    return failure();
  json.attributeObject("space", [&] { writeSpace(); });
  json.attributeArray("parameters", [&] { writeParameters(); });
  Block &body = net.getBody().front();
  json.attribute("input", defineId(body.getArgument(0)));
  LogicalResult written = success();
  json.attributeArray("body", [&] { written = writeBody(body); });
  if (failed(written))
    return failure();
  json.attribute("output", ids.lookup(body.getTerminator()->getOperand(0)));
  return success();
}

void GraphWriter::writeSpace() {
  json.attributeArray("choices", [&] {
    for (ChoiceOp choice : net.lookupSpace().getBody().getOps<ChoiceOp>())
      json.object([&] {
        json.attribute("name", choice.getSymName());
        json.attribute("key", choice.getKey());
        if (std::optional<uint64_t> index = choice.getIndex())
          json.attribute("index", static_cast<int64_t>(*index));
        if (choice.getPerLayer())
          json.attribute("perLayer", true);
        json.attributeArray("values", [&] {
          for (int64_t value : choice.getValues())
            json.value(value);
        });
      });
  });
}

void GraphWriter::writeParameters() {
  for (ParameterOp parameter :
       net->getParentOfType<ModuleOp>().getOps<ParameterOp>())
    json.object([&] {
      json.attribute("name", parameter.getSymName());
      json.attribute("kind", stringifyParameterKind(parameter.getKind()));
      json.attributeArray("shape", [&] {
        for (int64_t extent : parameter.getTensorType().getShape())
          json.value(extent);
      });
    });
}

ParameterOp GraphWriter::lookupParameter(FlatSymbolRefAttr symbol) {
  return SymbolTable::lookupNearestSymbolFrom<ParameterOp>(net, symbol);
}

LogicalResult GraphWriter::writeBody(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(writeOp(&op)))
      return failure();
  return success();
}

LogicalResult GraphWriter::writeOp(Operation *op) {
  LogicalResult known =
      TypeSwitch<Operation *, LogicalResult>(op)
          .Case([&](NormalizeOp op) { return writeNormalize(op), success(); })
          .Case([&](Conv2DOp op) { return writeConv(op); })
          .Case([&](SqueezeExciteOp op) { return writeGate(op), success(); })
          .Case([&](StageOp op) { return writeElasticStage(op); })
          .Case([&](PoolOp op) {
            json.object([&] {
              writeHead("pool", ids.lookup(op.getInput()),
                        defineId(op.getResult()));
            });
            return success();
          })
          .Case([&](LinearOp op) { return writeLinear(op); })
          .Case([&](BatchNormOp op) {
            if (op.getInput().getDefiningOp<Conv2DOp>())
              return success();
            return LogicalResult(op.emitOpError(
                "has no form in a training plan where it doesn't follow a "
                "convolution"));
          })
          // Part of their convolution, or of a chain.
          .Case<WeightOp, DifferentiableOpInterface>(
              [](auto) { return success(); })
          .Default([](Operation *op) {
            return op->emitOpError("has no form in a training plan");
          });
  if (failed(known))
    return failure();
  auto chain = ends.find(op);
  return chain == ends.end() ? success() : writePointwise(*chain->second);
}

void GraphWriter::writeHead(StringRef op, int64_t in, int64_t out) {
  json.attribute("op", op);
  json.attribute("in", in);
  json.attribute("out", out);
}

void GraphWriter::writeNormalize(NormalizeOp op) {
  json.object([&] {
    writeHead("normalize", ids.lookup(op.getImage()), defineId(op.getResult()));
    auto writeList = [&](StringRef key, ArrayRef<double> values) {
      json.attributeArray(key, [&] {
        for (double value : values)
          json.value(value);
      });
    };
    writeList("mean", op.getMean());
    writeList("std", op.getDeviation());
  });
}

LogicalResult GraphWriter::writeConv(Conv2DOp op) {
  auto quantizer = op.getWeight().getDefiningOp<FakeQuantizeOp>();
  auto weight = (quantizer ? quantizer.getInput() : op.getWeight())
                    .getDefiningOp<WeightOp>();
  if (!weight)
    return op.emitOpError("in a training plan must have a weight that comes "
                          "from 'oqat.weight'");
  int64_t in = ids.lookup(op.getInput());
  int64_t out =
      starts.contains(op) ? (sideIds[op] = newId()) : defineId(op.getResult());
  json.object([&] {
    writeHead("conv2d", in, out);
    json.attribute("name", op.getLayerName());
    json.attribute("stride", static_cast<int64_t>(op.getStride()));
    json.attribute("depthwise", op.getDepthwise());
    json.attributeObject("weight", [&] { writeWeight(weight); });
    if (quantizer)
      json.attributeObject("weightQuantizer",
                           [&] { writeQuantizer(quantizer); });
    else
      json.attribute("weightQuantizer", nullptr);
  });
  return success();
}

LogicalResult GraphWriter::writeLinear(LinearOp op) {
  auto weight = op.getWeight().getDefiningOp<WeightOp>();
  if (!weight || weight.getOut() || weight.getIn() || !op.getBias())
    return op.emitOpError("in a training plan must have a fixed float weight "
                          "that comes from 'oqat.weight', and a bias");
  json.object([&] {
    writeHead("linear", ids.lookup(op.getInput()), defineId(op.getResult()));
    json.attribute("name", op.getLayerName());
    json.attribute("weight", weight.getParameter());
    json.attribute("bias", *op.getBias());
  });
  return success();
}

void GraphWriter::writeExtent(StringRef key, std::optional<WidthAttr> extent) {
  if (!extent)
    return json.attribute(key, nullptr);
  json.attributeObject(key, [&] {
    json.attribute("base", extent->getBase());
    json.attribute("choice", extent->getChoice().getValue());
  });
}

void GraphWriter::writeWeight(WeightOp op) {
  json.attribute("parameter", op.getParameter());
  writeExtent("out", op.getOut());
  writeExtent("in", op.getIn());
  if (std::optional<StringRef> kernel = op.getKernel())
    json.attributeObject("kernel", [&] { json.attribute("choice", *kernel); });
  else
    json.attribute("kernel", nullptr);
  json.attributeArray("transforms", [&] {
    if (!op.getTransforms())
      return;
    int64_t from =
        lookupParameter(op.getParameterAttr()).getTensorType().getDimSize(1);
    for (auto symbol : op.getTransforms()->getAsRange<FlatSymbolRefAttr>()) {
      // A matrix over the k*k taps of the smaller kernel.
      int64_t taps = lookupParameter(symbol).getTensorType().getDimSize(0);
      int64_t to = 1;
      while (to * to < taps)
        ++to;
      json.object([&] {
        json.attribute("from", from);
        json.attribute("to", to);
        json.attribute("parameter", symbol.getValue());
      });
      from = to;
    }
  });
}

void GraphWriter::writeQuantizer(FakeQuantizeOp op) {
  json.attribute("step", op.getStep());
  json.attribute("signed", op.getSignedCodes());
  if (auto choice = dyn_cast<FlatSymbolRefAttr>(op.getBits()))
    json.attributeObject("bits",
                         [&] { json.attribute("choice", choice.getValue()); });
  else
    json.attribute("bits", *op.getFixedBits());
  if (op.getEntry())
    json.attribute("entry", static_cast<int64_t>(*op.getEntry()));
}

LogicalResult GraphWriter::writePointwise(const PointwiseChain &chain) {
  Operation *last = chain.getLast();
  if (chain.endsInQuantizer())
    for (Operation *user : last->getUsers())
      if (!isa<Conv2DOp>(user)) {
        InFlightDiagnostic diagnostic =
            last->emitOpError("in a training plan must feed convolutions only");
        diagnostic.attachNote(user->getLoc()) << "another use is here";
        return diagnostic;
      }
  auto side = sideIds.find(chain.getFirst());
  int64_t in = side != sideIds.end() && isa<Conv2DOp>(chain.getFirst())
                   ? side->second
                   : ids.lookup(chain.input);
  json.object([&] {
    writeHead("pointwise", in, defineId(last->getResult(0)));
    json.attribute("kernel", getKernelName(chain.stages));
    json.attribute("floatKernel", getKernelName(chain.getFloatStages()));
    json.attributeArray("stages", [&] {
      for (DifferentiableOpInterface stage : chain.stages)
        json.object([&] { writeStage(stage, chain); });
    });
  });
  return success();
}

void GraphWriter::writeStage(DifferentiableOpInterface stage,
                             const PointwiseChain &chain) {
  json.attribute("op", stage.getStage().name);
  TypeSwitch<Operation *>(stage.getOperation())
      .Case([&](BatchNormOp op) {
        json.attributeObject("batchNorm", [&] {
          json.attribute("gamma", op.getGamma());
          json.attribute("beta", op.getBeta());
          json.attribute("mean", op.getMean());
          json.attribute("variance", op.getVariance());
          json.attribute("eps", op.getEps().convertToDouble());
        });
      })
      .Case([&](Conv2DOp) { json.attribute("batchNorm", nullptr); })
      .Case(
          [&](SqueezeExciteOp op) { json.attribute("in", sideIds.lookup(op)); })
      .Case([&](AddOp) { json.attribute("in", ids.lookup(chain.residual)); })
      .Case([&](FakeQuantizeOp op) {
        writeQuantizer(op);
        json.attribute("name", op.getTensorName());
      });
}

void GraphWriter::writeGate(SqueezeExciteOp op) {
  int64_t out = sideIds[op] = newId();
  json.object([&] {
    writeHead("gate", ids.lookup(op.getInput()), out);
    json.attribute("name", op.getLayerName());
    auto writeAffine = [&](StringRef key, StringRef weight, StringRef bias) {
      json.attributeObject(key, [&] {
        json.attribute("weight", weight);
        json.attribute("bias", bias);
      });
    };
    writeAffine("reduce", op.getReduceWeight(), op.getReduceBias());
    writeAffine("expand", op.getExpandWeight(), op.getExpandBias());
  });
}

LogicalResult GraphWriter::writeElasticStage(StageOp op) {
  LogicalResult written = success();
  json.object([&] {
    writeHead("stage", ids.lookup(op.getInput()), defineId(op.getResult()));
    json.attribute("choice", op.getChoice());
    json.attributeArray("blocks", [&] {
      for (Region &region : op.getBlocks()) {
        Block &block = region.front();
        json.object([&] {
          json.attribute("arg", defineId(block.getArgument(0)));
          json.attributeArray("body", [&] {
            if (succeeded(written))
              written = writeBody(block);
          });
          json.attribute("result",
                         ids.lookup(block.getTerminator()->getOperand(0)));
        });
      }
    });
  });
  return written;
}
