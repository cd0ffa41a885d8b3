//===- BuildIdentity.cpp - Which build of the compiler this is ------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "oqat/Support/BuildIdentity.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"

#include <link.h>

using namespace mlir;
using llvm::StringRef;

/// The build id in a segment of notes, or nothing.
static StringRef findBuildId(StringRef notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    memcpy(&note, notes.data(), sizeof(note));
    StringRef rest = notes.drop_front(sizeof(note));
    StringRef name = rest.take_front(note.n_namesz);
    rest = rest.drop_front(
        std::min<size_t>(llvm::alignTo(note.n_namesz, 4), rest.size()));
    if (note.n_type == NT_GNU_BUILD_ID && name == StringRef("GNU\0", 4))
      return rest.take_front(note.n_descsz);
    notes = rest.drop_front(
        std::min<size_t>(llvm::alignTo(note.n_descsz, 4), rest.size()));
  }
  return {};
}

static StringRef findBuildId(const dl_phdr_info &object) {
  for (ElfW(Half) i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr) &header = object.dlpi_phdr[i];
    if (header.p_type != PT_NOTE)
      continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): where the loader put it.
    const char *notes =
        reinterpret_cast<const char *>(object.dlpi_addr + header.p_vaddr);
    StringRef id = findBuildId(StringRef(notes, header.p_memsz));
    if (!id.empty())
      return id;
  }
  return {};
}

/// Size and time of a file; the program itself has no name.
static std::string describeFile(const char *name) {
  llvm::sys::fs::file_status status;
  if (llvm::sys::fs::status(*name ? name : "/proc/self/exe", status))
    return name;
  auto time = status.getLastModificationTime().time_since_epoch().count();
  return std::string(name) + ":" + std::to_string(status.getSize()) + ":" +
         std::to_string(time);
}

std::string mlir::oqat::getBuildIdentity() {
  std::string identity = LLVM_VERSION_STRING;
  auto add = [](dl_phdr_info *object, size_t, void *text) {
    StringRef name = object->dlpi_name;
    // The kernel's own has no part in what is compiled.
    if (name.contains("linux-vdso") || name.contains("linux-gate"))
      return 0;
    StringRef id = findBuildId(*object);
    *static_cast<std::string *>(text) +=
        "\n" + (id.empty() ? describeFile(object->dlpi_name)
                           : llvm::toHex(id, /*LowerCase=*/true));
    return 0;
  };
  dl_iterate_phdr(add, &identity);
  return identity;
}
