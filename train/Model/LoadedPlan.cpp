//===- LoadedPlan.cpp - A plan with its kernels ---------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "train/Model/LoadedPlan.h"
#include "train/Model/Support.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace oqat::train {

namespace fs = std::filesystem;

namespace {
/// A folder that lives as long as this object.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string pattern =
        (fs::temp_directory_path() / "oqat-plan-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
      throw Error(pattern + ": cannot be made");
    path = pattern;
  }
  ~TemporaryFolder() {
    std::error_code code;
    fs::remove_all(path, code);
  }
  std::string path;
};
} // namespace

LoadedPlan loadPlan(const std::string &folder) {
  std::string error;
  auto plan = formats::readPlan(folder + "/graph.json", error);
  if (!plan)
    throw Error(error);
  LoadedPlan loaded{std::move(*plan), nullptr};
  loaded.kernels = std::make_unique<PlanKernels>(loaded.plan, folder);
  return loaded;
}

void compilePlan(const std::string &module, const std::string &folder,
                 bool withGpuCode) {
  std::error_code code;
  fs::path self = fs::read_symlink("/proc/self/exe", code);
  std::string compiler = (self.parent_path() / "oqat-compile").string();
  if (code || !fs::exists(compiler, code))
    compiler = "oqat-compile";
  const char *arguments[] = {compiler.c_str(),
                             module.c_str(),
                             "--emit=training-plan",
                             "-o",
                             folder.c_str(),
                             withGpuCode ? nullptr : "--gpu=none",
                             nullptr};
  pid_t child = 0;
  int failure = posix_spawnp(&child, compiler.c_str(), nullptr, nullptr,
                             const_cast<char **>(arguments), environ);
  if (failure != 0)
    throw Error(compiler + ": cannot be run: " + std::strerror(failure));
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      throw Error(compiler + ": cannot be waited for");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw Error(module + ": the compiler made no training plan of it");
}

LoadedPlan openPlan(const std::string &module, const std::string &plan) {
  if (!plan.empty())
    return loadPlan(plan);
  if (module.empty())
    throw Error("give a supernet's IR or --plan");
  TemporaryFolder folder;
  compilePlan(module, folder.path + "/plan");
  return loadPlan(folder.path + "/plan");
}

} // namespace oqat::train
