//===- EntryPoints.cpp - The C ABI of a network ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "EntryPoints.h"
#include "llvm/IR/Constants.h"

using namespace mlir;
using namespace mlir::oqat;

/// What forwards to oqat_enter_<what>, and what returns a constant.
static constexpr StringLiteral kForwarded[] = {"prepare", "prepare_for",
                                               "prepared_target", "run"};
static constexpr StringLiteral kConstants[] = {"abi_version", "prepared_size",
                                               "scratch_size"};

/// What is added must not be there.
LogicalResult EntryPoints::verifyFree(StringRef name) {
  if (!module.getNamedValue(name))
    return success();
  return emitError(loc) << "'" << name
                        << "' is the name of something that is added to "
                           "every network";
}

llvm::FunctionType *EntryPoints::bodyType(unsigned pointers) {
  SmallVector<llvm::Type *> types(pointers, builder.getPtrTy());
  return llvm::FunctionType::get(builder.getInt32Ty(), types, false);
}

llvm::Function *EntryPoints::takeBody(StringRef what, StringRef prefix,
                                      unsigned pointers) {
  llvm::Function *body = module.getFunction(exported(what));
  if (!body || body->isDeclaration() ||
      body->getFunctionType() != bodyType(pointers)) {
    emitError(loc) << "expected '" << exported(what) << "' to be a function of "
                   << pointers << " pointers that returns an i32";
    return nullptr;
  }
  body->setName(prefix + "." + what);
  body->setVisibility(llvm::GlobalValue::HiddenVisibility);
  body->setDSOLocal(true);
  return body;
}

LogicalResult EntryPoints::takeBodies(StringRef prefix, uint64_t features) {
  llvm::Function *prepare = takeBody("prepare", prefix, 1);
  llvm::Function *run = prepare ? takeBody("run", prefix, 4) : nullptr;
  if (!run)
    return failure();
  targets.push_back({prepare, run, features});
  return success();
}

void EntryPoints::declareBodies(StringRef prefix, uint64_t features) {
  auto declare = [&](StringRef what, unsigned pointers) {
    auto *function = llvm::Function::Create(bodyType(pointers),
                                            llvm::GlobalValue::ExternalLinkage,
                                            prefix + "." + what, module);
    function->setVisibility(llvm::GlobalValue::HiddenVisibility);
    function->setDSOLocal(true);
    return function;
  };
  targets.push_back({declare("prepare", 1), declare("run", 4), features});
}

bool EntryPoints::isBody(const llvm::GlobalValue &value) const {
  return llvm::any_of(targets, [&](const Bodies &bodies) {
    return &value == bodies.prepare || &value == bodies.run;
  });
}

/// The network_targets of lib/Runtime/Entry.c.
llvm::GlobalVariable *EntryPoints::createTable() {
  llvm::Type *pointer = builder.getPtrTy(), *word = builder.getInt64Ty();
  auto *row = llvm::StructType::get(pointer, pointer, word);
  SmallVector<llvm::Constant *> rows;
  for (const Bodies &bodies : targets)
    rows.push_back(llvm::ConstantStruct::get(
        row, {bodies.prepare, bodies.run, builder.getInt64(bodies.features)}));
  auto *type = llvm::ArrayType::get(row, rows.size());
  llvm::Constant *value = llvm::ConstantStruct::getAnon(
      {builder.getInt64(rows.size()), llvm::ConstantArray::get(type, rows)});
  return new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                  llvm::GlobalValue::InternalLinkage, value,
                                  network.name + ".targets");
}

llvm::Function *EntryPoints::create(StringRef what, llvm::FunctionType *type) {
  auto *function = llvm::Function::Create(
      type, llvm::GlobalValue::ExternalLinkage, exported(what), module);
  function->setDoesNotThrow();
  function->addFnAttr("target-cpu", cpu);
  exports.insert(function);
  builder.SetInsertPoint(
      llvm::BasicBlock::Create(module.getContext(), "", function));
  return function;
}

void EntryPoints::addConstant(StringRef what, llvm::Constant *value) {
  create(what, llvm::FunctionType::get(value->getType(), false));
  builder.CreateRet(value);
}

/// Puts a call of oqat_enter_<what>(table, ...) under the name <net>_<what>.
void EntryPoints::forward(StringRef what, ArrayRef<llvm::Type *> arguments) {
  llvm::Type *result = builder.getInt32Ty();
  SmallVector<llvm::Type *> enterTypes = {builder.getPtrTy()};
  enterTypes.append(arguments.begin(), arguments.end());
  llvm::FunctionCallee enter = module.getOrInsertFunction(
      ("oqat_enter_" + what).str(),
      llvm::FunctionType::get(result, enterTypes, false));
  auto *callee = cast<llvm::Function>(enter.getCallee());
  callee->setVisibility(llvm::GlobalValue::HiddenVisibility);
  callee->setDSOLocal(true);
  llvm::Function *function =
      create(what, llvm::FunctionType::get(result, arguments, false));
  SmallVector<llvm::Value *> values = {table};
  for (llvm::Argument &argument : function->args())
    values.push_back(&argument);
  builder.CreateRet(builder.CreateCall(enter, values));
}

LogicalResult EntryPoints::add(StringRef baselineCpu) {
  for (StringRef what : kConstants)
    if (failed(verifyFree(exported(what))))
      return failure();
  for (StringRef what : kForwarded)
    if (failed(verifyFree(exported(what))) ||
        failed(verifyFree(("oqat_enter_" + what).str())))
      return failure();
  cpu = baselineCpu;
  table = createTable();
  addConstant("abi_version", builder.getInt32(kAbiVersion));
  addConstant("prepared_size",
              builder.getInt64(getPreparedSize(network.preparedBytes)));
  addConstant("scratch_size", builder.getInt64(network.scratchBytes));
  llvm::Type *pointer = builder.getPtrTy();
  forward("prepare", {pointer});
  forward("prepare_for", {pointer, builder.getInt32Ty()});
  forward("prepared_target", {pointer});
  forward("run", {pointer, pointer, pointer, pointer});
  return success();
}
