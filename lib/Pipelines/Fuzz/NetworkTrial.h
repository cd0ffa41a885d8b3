//===- NetworkTrial.h - One random network on every level -------*- C++ -*-===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef OQAT_LIB_PIPELINES_FUZZ_NETWORKTRIAL_H
#define OQAT_LIB_PIPELINES_FUZZ_NETWORKTRIAL_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "oqat/Import/RandomNetwork.h"
#include "oqat/Pipelines/FuzzNetworks.h"
#include "oqat/Support/FirstError.h"
#include <map>

namespace mlir::oqat {

class NetworkTrial {
public:
  explicit NetworkTrial(uint64_t seed);

  /// Draws the network, gives it values and brings it down to every level.
  llvm::Error draw();
  /// Runs the integer level on all pictures. False where a quantizer uses less
  /// than half of its codes or no accumulator meets a tie: another draw then.
  llvm::Expected<bool> observe();
  /// Every level, plain and canonicalized, gives the tensors of the integer
  /// one.
  llvm::Error compareLevels();
  /// So does the object that oqat-compile makes, `folder`/netN.so.
  llvm::Error compareObject(StringRef folder, StringRef target);

  const RandomNetwork &getNetwork() const { return network; }
  int64_t numTies = 0, numQuantizers = 0, numTensors = 0;

private:
  using Tensors = std::map<std::string, std::vector<char>>;
  using Build = function_ref<void(OpPassManager &)>;
  struct Level {
    const char *name;
    OwningOpRef<ModuleOp> module;
    const ::oqat::formats::SubnetConfig *subnet;
  };

  llvm::Error takeError(const Twine &what);
  llvm::Error runPasses(ModuleOp module, const Twine &what, Build build);
  llvm::Error addLevel(const char *name, Build build);
  void copyValues(ModuleOp from, ModuleOp to);
  std::vector<uint8_t> picture(uint64_t index) const;
  llvm::Error interpret(const Level &level, uint64_t index, Tensors &tensors);
  /// What of a level must be there and equal.
  enum class Compared { All, AllCodes, SomeCodes };
  llvm::Error compare(const Twine &where, const Tensors &got, uint64_t index,
                      Compared compared = Compared::All) const;
  bool usesCodes() const;

  uint64_t seed;
  MLIRContext context;
  FirstError error;
  RandomNetwork network;
  /// supernet, subnet, integer, packed.
  std::vector<Level> levels;
  /// What the integer level gives for each picture.
  std::vector<Tensors> expected;
  /// Per quantizer of activations, how many codes there are.
  std::map<std::string, int64_t> codeCounts;
  size_t pictureBytes = 0;
};

} // namespace mlir::oqat

#endif // OQAT_LIB_PIPELINES_FUZZ_NETWORKTRIAL_H
