//===- TargetListTest.cpp - Several targets in one object -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "oqat/Conversion/TargetList.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mlir::oqat;

namespace {

class NoTarget : public KernelTarget {
public:
  FailureOr<LayerPlans> candidates(bitpack::LayerOpInterface,
                                   bool) const override {
    return failure();
  }
  void emit(bitpack::LayerOpInterface, const LayerPlan &,
            KernelFrame &) const override {}
};

void add(StringRef name, StringRef triple, bool runsHere) {
  auto target = std::make_unique<NoTarget>();
  target->name = name;
  target->triple = triple;
  target->runsHere = runsHere;
  registerKernelTarget(std::move(target));
}

class TargetList : public testing::Test {
protected:
  static void SetUpTestSuite() {
    add("slow", "x86_64-pc-linux-gnu", true);
    add("middle", "x86_64-unknown-linux-gnu", true);
    add("fast", "x86_64-unknown-linux-gnu", false);
    add("other", "aarch64-unknown-linux-gnu", false);
  }

  /// The names that a list stands for, or the error.
  static std::string lookUp(StringRef names) {
    auto targets = lookupKernelTargets(names);
    if (!targets)
      return llvm::toString(targets.takeError());
    std::string text;
    for (const KernelTarget *target : *targets)
      text += (text.empty() ? "" : " ") + target->name;
    return text;
  }
};

TEST_F(TargetList, TheFastestIsFirst) {
  EXPECT_EQ(lookUp("slow"), "slow");
  EXPECT_EQ(lookUp("slow,fast,middle"), "fast middle slow");
  EXPECT_EQ(lookUp("native,fast"), "fast middle");
}

TEST_F(TargetList, EachIsGivenOnce) {
  EXPECT_EQ(lookUp("slow,fast,slow"),
            "target 'slow' is given twice in 'slow,fast,slow'");
  EXPECT_EQ(lookUp("middle,native"),
            "target 'middle' is given twice in 'middle,native'");
}

TEST_F(TargetList, UnknownOnesAreNamed) {
  for (StringRef names : {"slow,z80", "", ",slow", "slow,", "slow, fast"})
    EXPECT_TRUE(StringRef(lookUp(names)).starts_with("unknown target '"))
        << names.str();
}

TEST_F(TargetList, FamiliesCantBeMixed) {
  EXPECT_EQ(lookUp("other"), "other");
  EXPECT_EQ(lookUp("slow,other"), "targets 'slow' and 'other' are of different "
                                  "CPU families and can't go together");
}

} // namespace
