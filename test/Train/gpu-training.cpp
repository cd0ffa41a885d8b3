//===- gpu-training.cpp - A run whose steps are on a GPU ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// gpu-training PLAN RECIPE DATA RUN DRIVER: what `oqat-train train` does with
// --device, with LibTorch on the CPU and the kernels by this CUDA driver.
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Oqat.h"
#include "train/Gpu/Gpu.h"
#include "train/Model/LoadedPlan.h"
#include "train/Model/Support.h"

#include <filesystem>
#include <iostream>

using namespace oqat::train;

int main(int argc, char **argv) {
  if (argc != 6)
    return 1;
  try {
    std::string plan = argv[1], out = argv[4];
    LoadedPlan loaded = loadPlan(plan);
    Network network = loaded.network();
    std::unique_ptr<Gpu> gpu = openLockstepGpu(argv[5], loaded.plan, plan);
    Recipe recipe = readRecipe(argv[2]);
    Dataset train = loadDataset(argv[3], "train", loaded.plan.classes, {});
    train.augmentation = recipe.augmentation;
    std::filesystem::create_directories(out);
    OqatTrainer trainer(network, recipe, std::move(train), nullptr,
                        {out, "", ""}, 0, aloneRank(), gpu.get());
    return trainer.run() ? 0 : 1;
  } catch (const std::exception &error) {
    std::cerr << "gpu-training: error: " << error.what() << "\n";
    return 1;
  }
}
