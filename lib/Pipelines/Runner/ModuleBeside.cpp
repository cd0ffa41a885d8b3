//===- ModuleBeside.cpp - The integer-level module of an artifact ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModuleBeside.h"
#include "dialects/bitpack/Bitpack.h"
#include "dialects/oqat/Oqat.h"
#include "mlir/Dialect/Quant/QuantOps.h"
#include "oqat/Interpreter/Interpreter.h"
#include "oqat/Support/ReadModule.h"

using namespace mlir;
using namespace mlir::oqat;

ModuleBeside::ModuleBeside(StringRef path)
    : path(path), context(MLIRContext::Threading::DISABLED), error(context) {
  context.loadDialect<OqatDialect, bitpack::BitpackDialect,
                      quant::QuantizationDialect>();
}

llvm::Error ModuleBeside::takeError(const Twine &otherwise) {
  return makeError(path + ": " + error.take(otherwise));
}

llvm::Expected<std::unique_ptr<ModuleBeside>>
ModuleBeside::load(StringRef path) {
  std::unique_ptr<ModuleBeside> beside(new ModuleBeside(path));
  beside->module = readModule(path, &beside->context);
  if (!beside->module)
    return beside->takeError("can't be read");
  for (Operation &op : *beside->module->getBody())
    if (isa<SupernetOp, bitpack::NetworkOp>(op))
      beside->network = &op;
  if (!beside->network)
    return beside->takeError("holds no network");
  return beside;
}

llvm::Error
ModuleBeside::checkPictures(const ::oqat::formats::Manifest &manifest) {
  auto size = Interpreter().pictureSize(network);
  if (failed(size))
    return takeError("has no picture size");
  if (size->first != manifest.height || size->second != manifest.width)
    return makeError(path + ": takes pictures of " + Twine(size->first) + "x" +
                     Twine(size->second) + ", but the manifest says " +
                     Twine(manifest.height) + "x" + Twine(manifest.width));
  return llvm::Error::success();
}
