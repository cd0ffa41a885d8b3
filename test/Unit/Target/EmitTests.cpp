//===- EmitTests.cpp - Objects, headers and manifests ---------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "oqat/Runtime/Cpu.h"
#include "oqat/Target/Emit/Emit.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"
#include <dlfcn.h>
#include <xmmintrin.h>

using namespace mlir;
using namespace mlir::oqat;

namespace {

// A network of one class: logits[0] = image[0] * weights[2], and 2^-149 halved
// and doubled into scratch to see that denormals are kept.
constexpr llvm::StringLiteral kNetwork = R"mlir(
module attributes {oqat.network = {
    name = "toy", target = "x86-64", subnet = "{\22image_size\22: 4}",
    height = 1, width = 1, channels = 3, classes = 1,
    scratch_bytes = 128, prepared_bytes = 512,
    tensors = [{name = "logits", dtype = "f32", shape = [1]}],
    layers = [{name = "c", kind = "linear", kernel = "plain", bits_w = 8,
               bits_a = 8, macs = 3, input_bytes = 3,
               weight_bytes = 512}]}} {
  llvm.mlir.global private constant @weights(dense<3> : tensor<512xi8>)
      {section = ".rodata.oqat.weights", alignment = 64 : i64}
      : !llvm.array<512 x i8>
  llvm.func @toy_prepare(%prepared: !llvm.ptr) -> i32 {
    %w = llvm.mlir.addressof @weights : !llvm.ptr
    %c4 = llvm.mlir.constant(512 : i64) : i64
    "llvm.intr.memcpy"(%prepared, %w, %c4) <{isVolatile = false}>
        : (!llvm.ptr, !llvm.ptr, i64) -> ()
    %0 = llvm.mlir.constant(0 : i32) : i32
    llvm.return %0 : i32
  }
  llvm.func @toy_run(%prepared: !llvm.ptr, %io: !llvm.ptr, %scratch: !llvm.ptr,
                     %parallel: !llvm.ptr) -> i32 {
    %image = llvm.load %io : !llvm.ptr -> !llvm.ptr
    %p8 = llvm.load %image : !llvm.ptr -> i8
    %p = llvm.uitofp %p8 : i8 to f32
    %place = llvm.getelementptr %prepared[2] : (!llvm.ptr) -> !llvm.ptr, i8
    %w8 = llvm.load %place : !llvm.ptr -> i8
    %w = llvm.sitofp %w8 : i8 to f32
    %product = llvm.fmul %p, %w FLAGS : f32
    %slot = llvm.getelementptr %io[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %logits = llvm.load %slot : !llvm.ptr -> !llvm.ptr
    llvm.store %product, %logits : f32, !llvm.ptr
    %half = llvm.mlir.constant(5.000000e-01 : f32) : f32
    %tiny = llvm.load volatile %scratch : !llvm.ptr -> f32
    %small = llvm.fmul %tiny, %half : f32
    llvm.store volatile %small, %scratch : f32, !llvm.ptr
    %0 = llvm.mlir.constant(0 : i32) : i32
    llvm.return %0 : i32
  }
}
)mlir";

struct Io {
  const uint8_t *image;
  float *logits;
  void (*onTensor)(void *, int32_t, const void *, size_t);
  void *user;
  void (*onLayer)(void *, int32_t);
};

class Emit : public testing::Test {
protected:
  Emit()
      : handler(&context, [this](Diagnostic &diagnostic) {
          message += diagnostic.str();
          return success();
        }) {
    context.loadDialect<LLVM::LLVMDialect>();
  }

  OwningOpRef<ModuleOp> parse(StringRef flags = "") {
    std::string text = kNetwork.str();
    text.replace(text.find("FLAGS"), 5, flags.str());
    return parseSourceString<ModuleOp>(text, &context);
  }

  FailureOr<Bytes> compile(StringRef features, StringRef flags = "") {
    OwningOpRef<ModuleOp> module = parse(flags);
    if (!module)
      return failure();
    CodeTarget target = {"x86_64-unknown-linux-gnu", "x86-64", features.str()};
    FailureOr<NetworkDescription> network = readNetworkDescription(*module);
    if (failed(network))
      return failure();
    FailureOr<Bytes> object = emitNetwork(*module, *network, target);
    if (failed(object))
      return failure();
    return linkSharedObject({*object}, "toy.so", module->getLoc());
  }

  void *load(const Bytes &bytes) {
    SmallString<64> path;
    int fd;
    if (llvm::sys::fs::createTemporaryFile("toy", "so", fd, path))
      return nullptr;
    llvm::raw_fd_ostream(fd, true) << StringRef(bytes.data(), bytes.size());
    void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    llvm::sys::fs::remove(path);
    return handle;
  }

  MLIRContext context;
  std::string message;
  ScopedDiagnosticHandler handler;
};

TEST_F(Emit, ObjectRunsAndChecksItsArguments) {
  FailureOr<Bytes> bytes = compile("");
  ASSERT_TRUE(succeeded(bytes)) << message;
  void *handle = load(*bytes);
  ASSERT_TRUE(handle) << dlerror();
  auto size = reinterpret_cast<size_t (*)()>(dlsym(handle, "toy_scratch_size"));
  auto version =
      reinterpret_cast<int32_t (*)()>(dlsym(handle, "toy_abi_version"));
  auto prepare =
      reinterpret_cast<int32_t (*)(void *)>(dlsym(handle, "toy_prepare"));
  auto run =
      reinterpret_cast<int32_t (*)(const void *, const Io *, void *,
                                   const void *)>(dlsym(handle, "toy_run"));
  ASSERT_TRUE(size && version && prepare && run);
  EXPECT_EQ(version(), kAbiVersion);
  EXPECT_EQ(size(), 128u);
  EXPECT_EQ(
      reinterpret_cast<size_t (*)()>(dlsym(handle, "toy_prepared_size"))(),
      64u + 512u);
  alignas(64) char prepared[64 + 512] = {}, scratch[128] = {};
  const uint32_t denormal = 2;
  memcpy(scratch, &denormal, 4);
  uint8_t image[3] = {7, 0, 0};
  float logits[1] = {};
  Io io = {image, logits, nullptr, nullptr, nullptr};
  EXPECT_EQ(prepare(nullptr), 1);
  EXPECT_EQ(prepare(prepared + 1), 1);
  EXPECT_EQ(prepare(prepared), 0);
  EXPECT_EQ(run(prepared, nullptr, scratch, nullptr), 1);
  EXPECT_EQ(run(prepared, &io, scratch + 4, nullptr), 1);
  // N9: a host that flushes denormals gets the same bits, and its state back.
  _mm_setcsr(_mm_getcsr() | 0x8040);
  unsigned state = _mm_getcsr();
  EXPECT_EQ(run(prepared, &io, scratch, nullptr), 0);
  EXPECT_EQ(_mm_getcsr() & ~0x3fu, state & ~0x3fu);
  _mm_setcsr(0x1f80);
  uint32_t kept;
  memcpy(&kept, scratch, 4);
  EXPECT_EQ(kept, 1u);
  EXPECT_EQ(logits[0], 21.0f);
  EXPECT_FALSE(dlsym(handle, "oqat_cpu_features"));
  EXPECT_FALSE(dlsym(handle, "weights"));
  dlclose(handle);
}

TEST_F(Emit, ObjectRefusesACpuWithoutItsFeatures) {
  struct {
    const char *name;
    int bit;
  } features[] = {{"+avx2", OQAT_CPU_FEATURE_AVX2},
                  {"+avx512vbmi", OQAT_CPU_FEATURE_AVX512VBMI},
                  {"+avxvnni", OQAT_CPU_FEATURE_AVXVNNI},
                  {"+amx-int8", OQAT_CPU_FEATURE_AMXINT8}};
  for (auto feature : features) {
    FailureOr<Bytes> bytes = compile(feature.name);
    ASSERT_TRUE(succeeded(bytes)) << message;
    void *handle = load(*bytes);
    ASSERT_TRUE(handle) << dlerror();
    auto prepare =
        reinterpret_cast<int32_t (*)(void *)>(dlsym(handle, "toy_prepare"));
    alignas(64) char prepared[64 + 512];
    uint64_t bit = uint64_t(1) << feature.bit;
    bool there = (oqat_cpu_features() & bit) &&
                 (feature.bit != OQAT_CPU_FEATURE_AMXINT8 ||
                  oqat_cpu_permit(uint64_t(1) << OQAT_CPU_FEATURE_AMXTILE));
    EXPECT_EQ(prepare(prepared), there ? 0 : 2) << feature.name;
    dlclose(handle);
  }
}

TEST_F(Emit, FeatureWordHoldsImpliedFeatures) {
  Location loc = UnknownLoc::get(&context);
  auto word = requiredCpuFeatures(
      {"x86_64-unknown-linux-gnu", "x86-64", "+avx512vnni"}, loc);
  ASSERT_TRUE(succeeded(word));
  for (int bit : {OQAT_CPU_FEATURE_AVX, OQAT_CPU_FEATURE_AVX2,
                  OQAT_CPU_FEATURE_AVX512F, OQAT_CPU_FEATURE_AVX512VNNI})
    EXPECT_TRUE(*word >> bit & 1) << bit;
  EXPECT_FALSE(*word >> OQAT_CPU_FEATURE_AVX512VBMI & 1);
  EXPECT_TRUE(failed(requiredCpuFeatures(
      {"x86_64-unknown-linux-gnu", "x86-64", "+sha512"}, loc)));
  EXPECT_EQ(message, "no run-time check for CPU feature 'sha512'");
}

TEST_F(Emit, UnknownMachinesAreErrors) {
  Location loc = UnknownLoc::get(&context);
  EXPECT_TRUE(failed(requiredCpuFeatures(
      {"x86_64-unknown-linux-gnu", "no-such-cpu", ""}, loc)));
  EXPECT_EQ(message, "'x86_64-unknown-linux-gnu' has no CPU 'no-such-cpu'");
}

TEST_F(Emit, UnknownMachineAndKindOfFileAreNamed) {
  Location loc = UnknownLoc::get(&context);
  llvm::LLVMContext llvmContext;
  llvm::Module module("empty", llvmContext);
  EXPECT_TRUE(failed(emitObject(module, {"pdp11-dec-unix", "", ""}, loc)));
  EXPECT_EQ(message.substr(0, message.find(": ")),
            "no code generator for 'pdp11-dec-unix'");
  message.clear();
  EXPECT_TRUE(
      failed(emitObject(module, {"nvptx64-nvidia-cuda", "sm_70", ""}, loc)));
  EXPECT_EQ(message, "'nvptx64-nvidia-cuda' can't emit this kind of file");
}

TEST_F(Emit, SameModuleSameBytes) {
  FailureOr<Bytes> first = compile("+avx2"), second = compile("+avx2");
  ASSERT_TRUE(succeeded(first) && succeeded(second)) << message;
  EXPECT_EQ(*first, *second);
}

TEST_F(Emit, WeightsHaveTheirOwnSection) {
  FailureOr<Bytes> bytes = compile("");
  ASSERT_TRUE(succeeded(bytes)) << message;
  Bytes weights = readSection(*bytes, kWeightSection);
  EXPECT_EQ(std::string(weights.data(), weights.size()),
            std::string(512, '\3'));
  EXPECT_TRUE(readSection(*bytes, ".no.such").empty());
}

TEST_F(Emit, FastMathIsRefused) {
  EXPECT_TRUE(
      failed(compile("", "{fastmathFlags = #llvm.fastmath<contract>}")));
  EXPECT_EQ(message, "'fmul' with fast-math flags in function 'toy_run'");
}

TEST_F(Emit, UntranslatableKernelsAreAnError) {
  auto module = parseSourceString<ModuleOp>(
      "llvm.func @f() attributes {passthrough = [[\"a\", \"b\", \"c\"]]} {\n"
      "  llvm.return\n}",
      &context);
  ASSERT_TRUE(module);
  EXPECT_TRUE(failed(emitKernelLibrary(
      *module, {"x86_64-unknown-linux-gnu", "x86-64", ""}, "kernels.so")));
  EXPECT_TRUE(
      StringRef(message).ends_with("the module can't be translated to LLVM IR"))
      << message;
}

TEST_F(Emit, ManifestAndHeaderDescribeTheNetwork) {
  FailureOr<Bytes> bytes = compile("");
  ASSERT_TRUE(succeeded(bytes)) << message;
  OwningOpRef<ModuleOp> module = parse();
  FailureOr<NetworkDescription> network = readNetworkDescription(*module);
  ASSERT_TRUE(succeeded(network));
  auto manifest = llvm::json::parse(emitManifest(*network, *bytes));
  ASSERT_TRUE(bool(manifest)) << llvm::toString(manifest.takeError());
  llvm::json::Object &object = *manifest->getAsObject();
  EXPECT_EQ(object.getString("format"), "oqat-manifest");
  EXPECT_EQ(object.getInteger("artifactBytes"), int64_t(bytes->size()));
  EXPECT_EQ(object.getObject("weightBytes")->getInteger("stored"), 512);
  EXPECT_EQ(object.getObject("subnet")->getInteger("image_size"), 4);
  EXPECT_EQ(object.getString("weightsSha256"),
            "6571078006e9eb2f1bc9372e4f564fb3be6c928a1e8a1f8237e4d372878640d0");
  std::string header = emitHeader(*network);
  for (StringRef line :
       {"#define TOY_CLASSES 1\n", "int32_t toy_abi_version(void);\n",
        "typedef struct toy_io {\n", "TOY_UNSUPPORTED_CPU = 2",
        "#define TOY_TARGETS 1\n",
        "int32_t toy_prepare_for(void *prepared, int32_t target);\n"})
    EXPECT_NE(header.find(line), std::string::npos) << line.str();
}

TEST_F(Emit, ManifestAndHeaderListSeveralTargets) {
  FailureOr<Bytes> bytes = compile("");
  ASSERT_TRUE(succeeded(bytes)) << message;
  OwningOpRef<ModuleOp> module = parse();
  FailureOr<NetworkDescription> network = readNetworkDescription(*module);
  ASSERT_TRUE(succeeded(network));
  uint64_t avx = uint64_t(1) << OQAT_CPU_FEATURE_AVX |
                 uint64_t(1) << OQAT_CPU_FEATURE_AVX2;
  network->target = "avx2,generic";
  network->targets = {{"avx2", false, avx, 512, {"fast"}},
                      {"generic", true, 0, 256, {"slow"}}};
  auto manifest = llvm::json::parse(emitManifest(*network, *bytes));
  ASSERT_TRUE(bool(manifest)) << llvm::toString(manifest.takeError());
  const llvm::json::Object &object = *manifest->getAsObject();
  auto expected = llvm::json::parse(R"([
    {"name": "avx2", "features": ["avx", "avx2"], "preparedBytes": 576,
     "kernels": ["fast"]},
    {"name": "generic", "emulated": true, "features": [],
     "preparedBytes": 320, "kernels": ["slow"]}])");
  ASSERT_TRUE(bool(expected));
  ASSERT_TRUE(object.get("targets"));
  EXPECT_EQ(*object.get("targets"), *expected);
  const llvm::json::Object &layer =
      *object.getArray("layers")->front().getAsObject();
  EXPECT_FALSE(layer.get("kernel"));
  EXPECT_NE(emitHeader(*network).find("#define TOY_TARGETS 2\n"),
            std::string::npos);
}

TEST_F(Emit, MissingDescriptionIsNamed) {
  auto module = parseSourceString<ModuleOp>(
      "module attributes {oqat.network = {name = \"x\", tensors = [1], "
      "emulated = 1}} {}",
      &context);
  ASSERT_TRUE(module);
  EXPECT_TRUE(failed(readNetworkDescription(*module)));
  EXPECT_NE(message.find("expected 'target' in 'oqat.network' to be a string"),
            std::string::npos);
  EXPECT_NE(message.find("expected 'tensors' in 'oqat.network' to be an array "
                         "of dictionaries"),
            std::string::npos);
  EXPECT_NE(
      message.find("expected 'emulated' in 'oqat.network' to be a boolean"),
      std::string::npos);
}

} // namespace
