//===- EmitObject.cpp - llvm::Module to a relocatable object --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "EmitUtils.h"
#include "oqat/Runtime/Cpu.h"
#include "oqat/Target/Emit/Emit.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace mlir::oqat;

static void initializeTargets() {
  static const bool once = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
    return true;
  }();
  (void)once;
}

StringRef mlir::oqat::baselineCpu(const CodeTarget &target) {
  return llvm::Triple(target.triple).getArch() == llvm::Triple::x86_64
             ? "x86-64"
             : "generic";
}

CodeTarget mlir::oqat::baselineTarget(const CodeTarget &target) {
  return {target.triple, baselineCpu(target).str(), ""};
}

FailureOr<std::unique_ptr<llvm::TargetMachine>>
mlir::oqat::createMachine(const CodeTarget &target, Location loc) {
  initializeTargets();
  std::string message;
  const llvm::Target *backend =
      llvm::TargetRegistry::lookupTarget(target.triple, message);
  if (!backend)
    return emitError(loc) << "no code generator for '" << target.triple
                          << "': " << message;
  std::unique_ptr<llvm::MCSubtargetInfo> known(
      backend->createMCSubtargetInfo(target.triple, "", ""));
  if (!known || !known->isCPUStringValid(target.cpu))
    return emitError(loc) << "'" << target.triple << "' has no CPU '"
                          << target.cpu << "'";
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return std::unique_ptr<llvm::TargetMachine>(backend->createTargetMachine(
      target.triple, target.cpu, target.features, options, llvm::Reloc::PIC_,
      std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

FailureOr<uint64_t> mlir::oqat::requiredCpuFeatures(const CodeTarget &target,
                                                    Location loc) {
  if (llvm::Triple(target.triple).getArch() != llvm::Triple::x86_64)
    return uint64_t(0);
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      createMachine(target, loc);
  FailureOr<std::unique_ptr<llvm::TargetMachine>> least =
      createMachine(baselineTarget(target), loc);
  if (failed(machine) || failed(least))
    return failure();
  static const char *const names[] = {
#define OQAT_CPU_FEATURE(id, name, leaf, subleaf, reg, bit, xcr0) name,
#include "oqat/Runtime/CpuFeatures.def"
  };
  auto has = [](const llvm::TargetMachine &machine, StringRef feature) {
    return machine.getMCSubtargetInfo()->checkFeatures(("+" + feature).str());
  };
  uint64_t word = 0;
  for (auto [bit, name] : llvm::enumerate(names))
    if (has(**machine, name))
      word |= uint64_t(1) << bit;
  // What the code may use, the check must know.
  SmallVector<StringRef> asked;
  StringRef(target.features).split(asked, ',', -1, /*KeepEmpty=*/false);
  for (StringRef feature : asked)
    if (feature.consume_front("+") && !llvm::is_contained(names, feature) &&
        !has(**least, feature))
      return emitError(loc)
             << "no run-time check for CPU feature '" << feature << "'";
  return word;
}

FailureOr<Bytes> mlir::oqat::emitObject(llvm::Module &module,
                                        llvm::TargetMachine &machine,
                                        Location loc, bool assembly) {
  Bytes bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  auto type = assembly ? llvm::CodeGenFileType::AssemblyFile
                       : llvm::CodeGenFileType::ObjectFile;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type))
    return emitError(loc) << "'" << machine.getTargetTriple().str()
                          << "' can't emit this kind of file";
  passes.run(module);
  return bytes;
}

FailureOr<Bytes> mlir::oqat::emitObject(llvm::Module &module,
                                        const CodeTarget &target, Location loc,
                                        bool assembly) {
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      createMachine(target, loc);
  if (failed(machine))
    return failure();
  return emitObject(module, **machine, loc, assembly);
}
