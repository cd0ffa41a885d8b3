//===- gpu-training.cpp - A run whose steps are on a GPU ------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// gpu-training PLAN RECIPE DATA -o RUN DRIVER [PLUGIN]: what `oqat-train train`
// does with --device, with LibTorch on the CPU and the kernels by this CUDA
// driver. Ranks sum by PLUGIN; one that does not answer for 2 s is an error.
//
//===----------------------------------------------------------------------===//

#include "train/Algo/Oqat.h"
#include "train/Dist/DeviceRanks.h"
#include "train/Gpu/Gpu.h"
#include "train/Model/LoadedPlan.h"
#include "train/Model/Support.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>

using namespace oqat::train;

int main(int argc, char **argv) {
  constexpr int kTimeout = 2;
  if (argc < 7)
    return 1;
  try {
    auto control = joinRanks(kTimeout);
    std::string plan = argv[1], out = argv[5];
    LoadedPlan loaded = loadPlan(plan);
    Network network = loaded.network();
    std::unique_ptr<Gpu> gpu = openLockstepGpu(argv[6], loaded.plan, plan);
    std::unique_ptr<Communicator> devices;
    if (argc > 7)
      devices = joinDevices(loadCollectives(argv[7]), *control, gpu->device(),
                            gpu->stream(), kTimeout);
    Recipe recipe = readRecipe(argv[2]);
    Dataset train = loadDataset(argv[3], "train", loaded.plan.classes, {});
    train.augmentation = recipe.augmentation;
    std::filesystem::create_directories(out);
    OqatTrainer trainer(network, recipe, std::move(train), nullptr,
                        {out, "", ""}, 0, devices ? *devices : *control,
                        gpu.get());
    return trainer.run() ? 0 : 1;
  } catch (const std::exception &error) {
    std::cerr << "gpu-training: error: " << error.what() << std::endl;
    // Sums that are in the air may never arrive.
    std::_Exit(1);
  }
}
