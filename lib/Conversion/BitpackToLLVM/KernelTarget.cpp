//===- KernelTarget.cpp - The registry of targets -------------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Conversion/TargetList.h"

#include "llvm/TargetParser/Triple.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::oqat;

static std::vector<std::unique_ptr<KernelTarget>> &registry() {
  static std::vector<std::unique_ptr<KernelTarget>> targets;
  return targets;
}

StringAttr KernelTarget::getWanted(bitpack::LayerOpInterface layer) const {
  Attribute choice = layer->getAttr("bitpack.kernel");
  if (auto choices = dyn_cast_or_null<DictionaryAttr>(choice))
    choice = choices.get(name);
  return dyn_cast_or_null<StringAttr>(choice);
}

FailureOr<LayerPlan> KernelTarget::plan(bitpack::LayerOpInterface layer,
                                        StringRef preferred) const {
  StringAttr wanted = getWanted(layer);
  StringRef prefix = wanted ? wanted.getValue() : preferred;
  std::string known;
  for (bool tiles : {false, true}) {
    FailureOr<LayerPlans> plans = candidates(layer, tiles);
    if (failed(plans))
      return failure();
    auto found = llvm::find_if(*plans, [&](const LayerPlan &plan) {
      return StringRef(plan.kernel).starts_with(prefix);
    });
    if (found != plans->end())
      return std::move(*found);
    if (!wanted)
      return std::move(plans->front());
    auto names = llvm::map_range(
        *plans, [](const LayerPlan &plan) { return plan.kernel; });
    known = llvm::join(names, ", ");
  }
  return layer.emitOpError()
         << "expected a kernel out of " << known << " of target '" << name
         << "', but got '" << prefix << "'";
}

void mlir::oqat::registerKernelTarget(std::unique_ptr<KernelTarget> target) {
  registry().push_back(std::move(target));
}

llvm::Expected<const KernelTarget *>
mlir::oqat::lookupKernelTarget(StringRef name) {
  const KernelTarget *native = nullptr;
  std::string known = "native";
  for (const std::unique_ptr<KernelTarget> &target : registry()) {
    if (target->name == name)
      return target.get();
    if (target->runsHere && target->suitsHere)
      native = target.get();
    known += ", " + target->name;
  }
  if (name == "native" && native)
    return native;
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 "unknown target '" + name.str() +
                                     "', known are: " + known);
}

/// Puts the fastest first: those that were registered last.
static void sortBySpeed(std::vector<const KernelTarget *> &targets) {
  auto rank = [](const KernelTarget *target) {
    return llvm::find_if(
               registry(),
               [&](const auto &known) { return known.get() == target; }) -
           registry().begin();
  };
  llvm::sort(targets, [&](const KernelTarget *lhs, const KernelTarget *rhs) {
    return rank(lhs) > rank(rhs);
  });
}

llvm::Expected<std::vector<const KernelTarget *>>
mlir::oqat::lookupKernelTargets(StringRef names) {
  auto fail = [](const Twine &message) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
  };
  SmallVector<StringRef> list;
  names.split(list, ',');
  std::vector<const KernelTarget *> targets;
  for (StringRef name : list) {
    auto target = lookupKernelTarget(name);
    if (!target)
      return target.takeError();
    if (llvm::is_contained(targets, *target))
      return fail("target '" + (*target)->name + "' is given twice in '" +
                  names + "'");
    targets.push_back(*target);
    llvm::Triple first(targets.front()->triple), other((*target)->triple);
    if (first.getArch() != other.getArch())
      return fail("targets '" + targets.front()->name + "' and '" +
                  (*target)->name +
                  "' are of different CPU families and can't go together");
  }
  sortBySpeed(targets);
  return targets;
}

std::string mlir::oqat::describeKernelTargets() {
  std::string text = "  native: the best of these for this machine\n";
  for (const std::unique_ptr<KernelTarget> &target : registry())
    text += "  " + target->name + ": " + target->description + "\n";
  return text;
}
