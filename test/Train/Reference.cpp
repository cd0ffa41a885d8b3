//===- Reference.cpp - A subnet in LibTorch operations --------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reference.h"
#include "oqat/Numerics/Quantize.h"
#include "oqat/Numerics/Shape.h"

namespace oqat::train {

using formats::PlanNode;
using formats::PlanStage;

Reference::Reference(const formats::Plan &plan, const Selection &selection,
                     const Parameters &parameters)
    : plan(plan), selection(selection) {
  for (const Parameter &p : parameters.all())
    leaves[p.name] =
        p.value.to(at::kDouble).clone().set_requires_grad(p.isTrained());
}

at::Tensor Reference::forward(const at::Tensor &pictures) {
  values[plan.input] = pictures.to(at::kDouble).permute({0, 3, 1, 2});
  run(plan.body);
  return values.at(plan.output);
}

void Reference::run(const std::vector<PlanNode> &body) {
  for (const PlanNode &node : body) {
    at::Tensor &out = values[node.out];
    switch (node.kind) {
    case PlanNode::Kind::Normalize:
      out = normalize(node);
      break;
    case PlanNode::Kind::Conv2d:
      out = convolve(node);
      break;
    case PlanNode::Kind::Pointwise:
      out = chain(node);
      break;
    case PlanNode::Kind::Gate:
      out = gate(node);
      break;
    case PlanNode::Kind::Pool:
      out = values.at(node.in).mean({2, 3}, true);
      break;
    case PlanNode::Kind::Linear:
      out = affine(values.at(node.in), node.linear,
                   leaves.at(node.linear.weight).size(0))
                .flatten(1);
      break;
    case PlanNode::Kind::Stage: {
      at::Tensor current = values.at(node.in);
      for (int64_t i = 0; i < selection.depth(node); ++i) {
        const formats::PlanBlock &block = node.blocks[static_cast<size_t>(i)];
        values[block.arg] = current;
        run(block.body);
        current = values.at(block.result);
      }
      values[node.out] = current;
    }
    }
  }
}

at::Tensor Reference::normalize(const PlanNode &node) {
  auto options = at::TensorOptions().dtype(at::kDouble);
  at::Tensor mean = at::tensor(node.mean, options).view({1, -1, 1, 1});
  at::Tensor deviation =
      at::tensor(node.deviation, options).view({1, -1, 1, 1});
  return (values.at(node.in) / 255.0 - mean) / deviation;
}

/// LSQ with its gradient scale, by detaching.
at::Tensor Reference::quantize(const at::Tensor &x,
                               const formats::PlanQuantizer &q,
                               const std::string &layer) {
  if (selection.isFloat())
    return x;
  auto range = numerics::codeRange(selection.bitsOf(q, layer), q.isSigned);
  double lo = range.lo, hi = range.hi;
  double g = 1.0 / std::sqrt(static_cast<double>(x.numel()) * hi);
  at::Tensor learned = leaves.at(q.step);
  if (learned.numel() > 1)
    learned = learned[plan.stepEntry(q, selection.bitsOf(q, layer))];
  at::Tensor magnitude = learned.abs();
  at::Tensor step = (magnitude * (1 - g)).detach() + magnitude * g;
  at::Tensor u = x / step;
  at::Tensor inside = u.gt(lo).logical_and(u.lt(hi));
  at::Tensor clipped = at::where(inside, u, u.clamp(lo, hi).detach());
  return (clipped + (clipped.round() - clipped).detach()) * step;
}

at::Tensor Reference::weight(const PlanNode &node) {
  at::Tensor w = leaves.at(node.weight.parameter);
  int64_t out = selection.extent(node.weight.out, w.size(0));
  int64_t in = selection.extent(node.weight.in, w.size(3));
  w = w.narrow(0, 0, out).narrow(3, 0, in);
  int64_t size = w.size(1), wanted = size;
  if (!node.weight.kernelChoice.empty())
    wanted = static_cast<int64_t>(selection.value(node.weight.kernelChoice));
  for (const formats::PlanTransform &t : node.weight.transforms)
    if (t.to >= wanted) {
      int64_t margin = (size - t.to) / 2;
      w = w.narrow(1, margin, t.to).narrow(2, margin, t.to);
      // [out][in][taps] times the transposed matrix.
      w = w.permute({0, 3, 1, 2})
              .reshape({out, in, t.to * t.to})
              .matmul(leaves.at(t.parameter).t())
              .view({out, in, t.to, t.to})
              .permute({0, 2, 3, 1});
      size = t.to;
    }
  int64_t margin = (size - wanted) / 2;
  w = w.narrow(1, margin, wanted).narrow(2, margin, wanted);
  return node.weightQuantizer ? quantize(w, *node.weightQuantizer, node.name)
                              : w;
}

at::Tensor Reference::convolve(const PlanNode &node) {
  at::Tensor w = weight(node).permute({0, 3, 1, 2});
  int64_t border = w.size(2) / 2;
  return at::conv2d(values.at(node.in), w, {}, node.stride, border, 1,
                    node.depthwise ? w.size(0) : 1);
}

at::Tensor Reference::batchNorm(const at::Tensor &x,
                                const formats::PlanBatchNorm &bn) {
  auto slice = [&](const std::string &name) {
    return leaves.at(name).narrow(0, 0, x.size(1)).view({1, -1, 1, 1});
  };
  at::Tensor mean = x.mean({0, 2, 3}, true);
  at::Tensor variance = (x - mean).square().mean({0, 2, 3}, true);
  return (x - mean) / (variance + bn.eps).sqrt() * slice(bn.gamma) +
         slice(bn.beta);
}

static at::Tensor hardSigmoid(const at::Tensor &x) {
  return (x + 3).clamp(0, 6) / 6;
}

at::Tensor Reference::chain(const PlanNode &node) {
  at::Tensor x = values.at(node.in);
  for (const PlanStage &stage : node.stages)
    switch (stage.kind) {
    case PlanStage::Kind::Rescale:
      if (stage.batchNorm)
        x = batchNorm(x, *stage.batchNorm);
      break;
    case PlanStage::Kind::Relu:
      x = x.relu();
      break;
    case PlanStage::Kind::Relu6:
      x = x.clamp(0, 6);
      break;
    case PlanStage::Kind::HSwish:
      x = x * hardSigmoid(x);
      break;
    case PlanStage::Kind::HSigmoid:
      x = hardSigmoid(x);
      break;
    case PlanStage::Kind::Add:
      x = x + values.at(stage.in);
      break;
    case PlanStage::Kind::Scale:
      x = x * values.at(stage.in);
      break;
    case PlanStage::Kind::Quantize: {
      const std::string &name = stage.quantizer.name;
      x = quantize(x, stage.quantizer, name.substr(0, name.rfind('.')));
    }
    }
  return x;
}

at::Tensor Reference::affine(const at::Tensor &x,
                             const formats::PlanAffine &names,
                             int64_t outputs) {
  at::Tensor w = leaves.at(names.weight);
  w = w.view({w.size(0), w.size(-1)}).narrow(0, 0, outputs);
  w = w.narrow(1, 0, x.size(1));
  at::Tensor bias = leaves.at(names.bias).narrow(0, 0, outputs);
  return (x.flatten(1).matmul(w.t()) + bias).unsqueeze(-1).unsqueeze(-1);
}

at::Tensor Reference::gate(const PlanNode &node) {
  at::Tensor pooled = values.at(node.in).mean({2, 3}, true);
  int64_t channels = pooled.size(1);
  at::Tensor hidden =
      affine(pooled, node.reduce, numerics::squeezeWidth(channels)).relu();
  return hardSigmoid(affine(hidden, node.expand, channels));
}

} // namespace oqat::train
