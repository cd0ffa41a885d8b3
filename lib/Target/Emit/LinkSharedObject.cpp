//===- LinkSharedObject.cpp - Object plus runtime to .so ------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The linker is lld as a program, as in any compiler driver. A small script
// keeps the packed weights in a section of their own name, so that tools and
// tests can weigh them, and names the kernels, which are called by their
// contents in their objects, by the layers of the network.
//
//===----------------------------------------------------------------------===//
#include "oqat/Target/Emit/Emit.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace mlir;
using namespace mlir::oqat;

static const unsigned char kCpuObject[] = {
#include "oqat/Runtime/OqatEmbeddedCpu.inc"
};
static const unsigned char kEntryObject[] = {
#include "oqat/Runtime/OqatEmbeddedEntry.inc"
};
static const unsigned char kFloatObject[] = {
#include "oqat/Runtime/OqatEmbeddedFloat.inc"
};

static std::string findLinker() {
  for (StringRef name : {"ld.lld-19", "ld.lld"}) {
    if (auto path = llvm::sys::findProgramByName(name))
      return *path;
    if (auto path =
            llvm::sys::findProgramByName(name, {"/usr/lib/llvm-19/bin"}))
      return *path;
  }
  return "";
}

static LogicalResult writeBytes(StringRef path, StringRef bytes, Location loc) {
  std::error_code error;
  llvm::raw_fd_ostream stream(path, error);
  if (!error) {
    stream << bytes;
    stream.close();
    error = stream.error();
    stream.clear_error();
  }
  if (error)
    return emitError(loc) << "can't write '" << path
                          << "': " << error.message();
  return success();
}

static StringRef asString(ArrayRef<unsigned char> bytes) {
  return StringRef(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

/// All objects in one file: making a file takes longer than linking an object.
static FailureOr<std::string> makeArchive(ArrayRef<Bytes> objects,
                                          Location loc) {
  SmallVector<llvm::NewArchiveMember> members;
  auto add = [&](StringRef name, StringRef bytes) {
    members.emplace_back(llvm::MemoryBufferRef(bytes, name));
  };
  add("entry.o", asString(kEntryObject));
  add("cpu.o", asString(kCpuObject));
  add("float.o", asString(kFloatObject));
  std::vector<std::string> names;
  for (size_t i = 0; i < objects.size(); ++i)
    names.push_back("net" + std::to_string(i) + ".o");
  for (auto [name, object] : llvm::zip(names, objects))
    add(name, {object.data(), object.size()});
  auto archive = llvm::writeArchiveToBuffer(
      members, llvm::SymtabWritingMode::NoSymtab, llvm::object::Archive::K_GNU,
      /*Deterministic=*/true, /*Thin=*/false);
  if (!archive)
    return emitError(loc) << "the objects make no archive: "
                          << llvm::toString(archive.takeError());
  return (*archive)->getBuffer().str();
}

/// Runs the linker; its complaints become one diagnostic.
static LogicalResult runLinker(ArrayRef<StringRef> arguments, StringRef log,
                               Location loc) {
  std::string message;
  std::optional<StringRef> redirects[] = {StringRef(), log, log};
  int status = llvm::sys::ExecuteAndWait(
      arguments.front(), arguments, std::nullopt, redirects, 0, 0, &message);
  if (status == 0)
    return success();
  if (auto text = llvm::MemoryBuffer::getFile(log))
    message += (*text)->getBuffer().take_front(2000).trim();
  return emitError(loc) << "linking failed: " << message;
}

/// An object may need libc's memory functions and nothing else.
static LogicalResult verifyDependencies(StringRef object, Location loc) {
  static const llvm::StringSet<> allowed = {"memcpy", "memmove", "memset",
                                            "memcmp"};
  auto file = llvm::object::ObjectFile::createELFObjectFile(
      llvm::MemoryBufferRef(object, "object"));
  if (!file)
    return emitError(loc) << "the linker wrote no ELF file: "
                          << llvm::toString(file.takeError());
  auto &elf = cast<llvm::object::ELFObjectFileBase>(**file);
  for (const llvm::object::ELFSymbolRef &symbol :
       elf.getDynamicSymbolIterators()) {
    auto flags = symbol.getFlags();
    auto name = symbol.getName();
    if (!flags || !name) {
      llvm::consumeError(flags ? name.takeError() : flags.takeError());
      continue;
    }
    if ((*flags & llvm::object::SymbolRef::SF_Undefined) && !name->empty() &&
        !allowed.contains(*name))
      return emitError(loc) << "the object needs '" << *name
                            << "', which no system library must provide";
  }
  return success();
}

FailureOr<Bytes> mlir::oqat::linkSharedObject(ArrayRef<Bytes> objects,
                                              StringRef soname, Location loc,
                                              ArrayRef<SymbolAlias> aliases) {
  std::string linker = findLinker();
  if (linker.empty())
    return emitError(loc, "no linker: ld.lld-19 and ld.lld are neither on PATH "
                          "nor in /usr/lib/llvm-19/bin");
  SmallString<128> folder;
  if (std::error_code error =
          llvm::sys::fs::createUniqueDirectory("oqat-link", folder))
    return emitError(loc) << "can't make a temporary folder: "
                          << error.message();
  auto cleanup =
      llvm::make_scope_exit([&] { llvm::sys::fs::remove_directories(folder); });
  auto in = [&](StringRef name) { return (folder + "/" + name).str(); };
  const std::string archive = in("net.a"), script = in("sections.ld"),
                    log = in("log"), output = in("net.so");
  // Every shared object has a .dynstr, which is read-only as well.
  std::string sections = ("SECTIONS { " + kWeightSection + " : { KEEP(*(" +
                          kWeightSection + ")) } } INSERT AFTER .dynstr;\n")
                             .str();
  for (const SymbolAlias &alias : aliases)
    sections += "HIDDEN(" + alias.name + " = " + alias.definition + ");\n";
  FailureOr<std::string> bytes = makeArchive(objects, loc);
  if (failed(bytes) || failed(writeBytes(archive, *bytes, loc)) ||
      failed(writeBytes(script, sections, loc)))
    return failure();
  std::string name = ("-soname=" + soname).str();
  SmallVector<StringRef> arguments = {linker,
                                      "-shared",
                                      "--build-id=none",
                                      "--hash-style=gnu",
                                      name,
                                      "-znow",
                                      "-znoexecstack",
                                      "--gc-sections",
                                      "--discard-locals",
                                      "-T",
                                      script,
                                      "-o",
                                      output,
                                      "--whole-archive",
                                      archive};
  if (failed(runLinker(arguments, log, loc)))
    return failure();
  auto linked = llvm::MemoryBuffer::getFile(output);
  if (!linked)
    return emitError(loc) << "can't read what the linker wrote: "
                          << linked.getError().message();
  StringRef object = (*linked)->getBuffer();
  if (failed(verifyDependencies(object, loc)))
    return failure();
  return Bytes(object.begin(), object.end());
}

Bytes mlir::oqat::readSection(const Bytes &object, StringRef name) {
  auto file = llvm::object::ObjectFile::createELFObjectFile(
      llvm::MemoryBufferRef(StringRef(object.data(), object.size()), "object"));
  if (!file) {
    llvm::consumeError(file.takeError());
    return {};
  }
  for (const llvm::object::SectionRef &section : (*file)->sections()) {
    auto found = section.getName();
    auto contents = section.getContents();
    if (found && contents && *found == name)
      return Bytes(contents->begin(), contents->end());
    if (!found)
      llvm::consumeError(found.takeError());
    if (!contents)
      llvm::consumeError(contents.takeError());
  }
  return {};
}
