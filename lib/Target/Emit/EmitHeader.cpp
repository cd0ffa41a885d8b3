//===- EmitHeader.cpp - The C and C++ header of a network -----------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "oqat/Target/Emit/Emit.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::oqat;

/// The body of the header; `@` stands for the network's name, `$` for the same
/// in capitals.
static constexpr llvm::StringLiteral kBody = R"C(
#ifdef __cplusplus
extern "C" {
#endif

/* The picture and the answer of one run. on_tensor may be null; it is called,
 * on the calling thread, with every tensor that the manifest lists, as soon as
 * it is complete; `data` is valid during the call only. on_layer may be null,
 * too; it is called after every layer of the manifest, before its tensor. */
typedef struct @_io {
  const uint8_t *image; /* height x width x channels, RGB, rows contiguous */
  float *logits;        /* $_CLASSES of them */
  void (*on_tensor)(void *user, int32_t index, const void *data, size_t bytes);
  void *user;
  void (*on_layer)(void *user, int32_t index);
} @_io;

/* A parallel-for of the caller: run() calls body(context, part, parts) once for
 * every part, and returns 0 when all have ended. Results do not depend on it. */
typedef struct @_parallel {
  void *self;
  int32_t threads;
  int32_t (*run)(void *self,
                 void (*body)(void *context, int32_t part, int32_t parts),
                 void *context, int32_t parts);
} @_parallel;

enum {
  $_OK = 0,
  $_BAD_ARGUMENT = 1,   /* a null or misaligned pointer, memory that is not
                           prepared, no such target */
  $_UNSUPPORTED_CPU = 2 /* this CPU lacks features of the target */
};

/* $_ABI_VERSION of the object; compare before anything else. */
int32_t @_abi_version(void);
/* Bytes that the caller provides, aligned to $_ALIGNMENT. */
size_t @_prepared_size(void);
size_t @_scratch_size(void);
/* Once per process: fills `prepared`, which any number of runs then share, for
 * the fastest target that the CPU and the operating system support. */
int32_t @_prepare(void *prepared);
/* The same for one target, 0 <= target < $_TARGETS. */
int32_t @_prepare_for(void *prepared, int32_t target);
/* The target that `prepared` is for, -1 where it is not prepared. */
int32_t @_prepared_target(const void *prepared);
/* Classifies one picture. Reentrant: each concurrent run needs its own
 * `scratch`. `parallel` may be null. */
int32_t @_run(const void *prepared, const @_io *io, void *scratch,
              const @_parallel *parallel);

#ifdef __cplusplus
}
#endif
)C";

std::string mlir::oqat::emitHeader(const NetworkDescription &network) {
  std::string upper = StringRef(network.name).upper(), text;
  llvm::raw_string_ostream stream(text);
  stream << "/* " << network.name << ".h - written by oqat-compile for target "
         << network.target << (network.emulated ? ", emulated" : "")
         << ". */\n#ifndef " << upper << "_H\n#define " << upper
         << "_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n";
  auto define = [&](StringRef name, int64_t value) {
    stream << "#define " << upper << "_" << name << " " << value << "\n";
  };
  define("ABI_VERSION", kAbiVersion);
  define("HEIGHT", network.height);
  define("WIDTH", network.width);
  define("CHANNELS", network.channels);
  define("CLASSES", network.classes);
  define("ALIGNMENT", 64);
  define("TENSORS", network.tensors.size());
  define("TARGETS", std::max<size_t>(network.targets.size(), 1));
  for (char c : kBody) {
    if (c == '@')
      stream << network.name;
    else if (c == '$')
      stream << upper;
    else
      stream << c;
  }
  stream << "\n#endif /* " << upper << "_H */\n";
  return text;
}
