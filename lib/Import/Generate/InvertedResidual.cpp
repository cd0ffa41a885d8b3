//===- InvertedResidual.cpp - Parts of MobileNets -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InvertedResidual.h"

using namespace mlir;
using namespace mlir::oqat;

Value mlir::oqat::buildInvertedResidual(NetworkBuilder &net, Value x,
                                        const InvertedResidual &block) {
  Width in = fixedWidth(block.in), out = fixedWidth(block.out);
  Value y = x;
  if (block.expand) {
    y = net.conv(y, {block.name + ".ib", block.middle, in, {1}});
    y = net.activate(y, block.activation);
  }
  ConvSpec dw{block.name + ".dw", block.middle, fixedWidth(1), block.kernels,
              block.kernelChoice};
  dw.stride = block.stride;
  dw.depthwise = true;
  y = net.activate(net.conv(y, dw), block.activation);
  if (block.squeezeExcite)
    y = net.squeezeExcite(y, block.name + ".se", block.middle.largest);
  y = net.conv(y, {block.name + ".pl", out, block.middle, {1}});
  if (block.isResidual())
    return net.add(y, x);
  if (block.stride == 1 && block.convShortcut) {
    x = net.conv(x, {block.name + ".shortcut", out, in, {1}});
    return net.add(y, net.startStream(x, block.name));
  }
  return block.startsRun ? net.startStream(y, block.name) : y;
}

Value mlir::oqat::buildStem(NetworkBuilder &net, const StemSpec &stem) {
  ConvSpec conv{"stem", fixedWidth(stem.width), fixedWidth(3), {3}};
  conv.stride = stem.stride;
  conv.isEnd = true;
  return net.activate(net.conv(net.begin(), conv), stem.activation);
}

void mlir::oqat::buildMobileHead(NetworkBuilder &net, Value x, int64_t in,
                                 const MobileHead &head) {
  ConvSpec mix{"feature_mix", fixedWidth(head.mix), fixedWidth(in), {1}};
  if (head.expand) {
    Width expand = fixedWidth(head.expand);
    x = net.conv(x, {"final_expand", expand, fixedWidth(in), {1}});
    x = net.pool(net.activate(x, head.activation));
    mix.in = expand;
    mix.batchNorm = false;
  }
  x = net.activate(net.conv(x, mix), head.activation);
  net.finish(head.expand ? x : net.pool(x), head.mix);
}
