//===- KernelFixture.cpp - Compiled kernels to call -----------------------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelFixture.h"
#include "GpuKernels.h"
#include "dialects/oqat/Oqat.h"
#include "mlir/Parser/Parser.h"
#include "oqat/Formats/Plan.h"
#include "oqat/Pipelines/TrainingPlan.h"
#include "llvm/Support/FileSystem.h"
#include <cstdlib>
#include <dlfcn.h>

using namespace oqat::test;

namespace {
/// A descriptor as MLIR passes it.
template <typename T, size_t Rank>
struct MemRef {
  T *allocated, *aligned;
  int64_t offset = 0;
  std::array<int64_t, Rank> sizes, strides;

  MemRef(T *data, std::array<int64_t, Rank> shape)
      : allocated(data), aligned(data), sizes(shape) {
    int64_t stride = 1;
    for (size_t i = Rank; i-- > 0;) {
      strides[i] = stride;
      stride *= sizes[i];
    }
  }
};
using T1 = MemRef<float, 1>;
using T2 = MemRef<float, 2>;
using T3 = MemRef<float, 3>;
using C3 = MemRef<int8_t, 3>;
using Forward = void (*)(T3 *, T1 *, T1 *, T2 *, T3 *, T1 *, T3 *, C3 *);
using Backward = void (*)(T3 *, T1 *, T1 *, T2 *, T3 *, T1 *, T3 *, T3 *, T3 *,
                          T1 *, T1 *, T1 *, T2 *);

} // namespace

/// A network with every kind of chain and weight; it need not make sense.
std::string oqat::test::buildNetwork() {
  const std::string t = " : tensor<?x?x?x?xf32>";
  std::string body;
  int next = 0;
  auto value = [&](const std::string &text) {
    std::string name = "%v" + std::to_string(next++);
    body += "  " + name + " = " + text + "\n";
    return name;
  };
  auto quantize = [&](const std::string &x) {
    return value("oqat.fake_quantize " + x + " step @s.input_step bits 4" + t);
  };
  auto conv = [&](const std::string &codes) {
    return value("oqat.conv2d " + codes +
                 ", %wq stride 1 : (tensor<?x?x?x?xf32>, "
                 "tensor<8x1x1x8xf32>) -> tensor<?x?x?x?xf32>");
  };
  // From a value with several uses to a fresh rescaled one.
  auto rescaled = [&](const std::string &x) {
    return value("oqat.batch_norm " + conv(quantize(x)) +
                 " gamma @g beta @b mean @m variance @v" + t);
  };
  auto activation = [&](const std::string &kind, const std::string &x) {
    return value("oqat.activation " + kind + " " + x + t);
  };
  for (const char *kind : {"relu", "relu6", "h_swish", "h_sigmoid"})
    conv(quantize(activation(kind, rescaled("%x"))));
  std::string sum = value("oqat.add " + rescaled("%x") + ", %x" + t);
  conv(quantize(sum));
  std::string se =
      value("oqat.squeeze_excite %x reduce @r.weight, @r.bias expand "
            "@e.weight, @e.bias" +
            t);
  conv(quantize(activation("h_swish", se)));
  conv(quantize(value("oqat.squeeze_excite %x reduce @r.weight, @r.bias "
                      "expand @e.weight, @e.bias" +
                      t)));
  std::string all =
      value("oqat.add " + activation("relu", rescaled("%x")) + ", %x" + t);
  conv(quantize(activation("h_swish", all)));
  // A weight that is transformed.
  std::string w = value("oqat.weight @t.weight kernel @ks transforms "
                        "[@t.transform_5to3] : tensor<8x?x?x1xf32>");
  std::string codes =
      value("oqat.fake_quantize " + w +
            " step @t.weight_step bits 4 signed : tensor<8x?x?x1xf32>");
  value("oqat.conv2d " + quantize(activation("relu", "%x")) + ", " + codes +
        " stride 1 depthwise : (tensor<?x?x?x?xf32>, tensor<8x?x?x1xf32>) -> "
        "tensor<?x?x?x?xf32>");
  return R"(
    oqat.space @space {
      oqat.choice @size key "image_size" values [8]
      oqat.choice @ks key "ks" index 0 values [3, 5]
    }
    oqat.parameter @stem.weight kind weight : tensor<8x1x1x3xf32>
    oqat.parameter @s.weight kind weight : tensor<8x1x1x8xf32>
    oqat.parameter @s.weight_step kind step : tensor<f32>
    oqat.parameter @s.input_step kind step : tensor<f32>
    oqat.parameter @t.weight kind weight : tensor<8x5x5x1xf32>
    oqat.parameter @t.transform_5to3 kind transform : tensor<9x9xf32>
    oqat.parameter @t.weight_step kind step : tensor<f32>
    oqat.parameter @t.input_step kind step : tensor<f32>
    oqat.parameter @g kind gamma : tensor<8xf32>
    oqat.parameter @b kind beta : tensor<8xf32>
    oqat.parameter @m kind mean : tensor<8xf32>
    oqat.parameter @v kind variance : tensor<8xf32>
    oqat.parameter @r.weight kind weight : tensor<8x1x1x8xf32>
    oqat.parameter @r.bias kind bias : tensor<8xf32>
    oqat.parameter @e.weight kind weight : tensor<8x1x1x8xf32>
    oqat.parameter @e.bias kind bias : tensor<8xf32>
    oqat.parameter @c.weight kind weight : tensor<10x8xf32>
    oqat.parameter @c.bias kind bias : tensor<10xf32>
    oqat.supernet @chains space @space (%image: tensor<?x?x?x3xui8>) -> tensor<?x10xf32> {
      %n = oqat.normalize %image mean [0.5, 0.5, 0.5] std [0.25, 0.25, 0.25] : tensor<?x?x?x3xui8> -> tensor<?x?x?x?xf32>
      %ws = oqat.weight @stem.weight : tensor<8x1x1x3xf32>
      %x = oqat.conv2d %n, %ws stride 1 : (tensor<?x?x?x?xf32>, tensor<8x1x1x3xf32>) -> tensor<?x?x?x?xf32>
      %w = oqat.weight @s.weight : tensor<8x1x1x8xf32>
      %wq = oqat.fake_quantize %w step @s.weight_step bits 4 signed : tensor<8x1x1x8xf32>
)" + body +
         R"(
      %p = oqat.pool %x : tensor<?x?x?x?xf32> -> tensor<?x?x?x?xf32>
      %wl = oqat.weight @c.weight : tensor<10x8xf32>
      %l = oqat.linear %p, %wl bias @c.bias : (tensor<?x?x?x?xf32>, tensor<10x8xf32>) -> tensor<?x10xf32>
      oqat.return %l : tensor<?x10xf32>
    })";
}

namespace {
struct Library {
  void *handle = nullptr;
  std::vector<std::string> names;
};

[[noreturn]] void fail(const std::string &what) {
  llvm::errs() << "KernelFixture: " << what << "\n";
  std::abort();
}

Library buildLibrary() {
  // Passes load the dialects that they need.
  mlir::DialectRegistry registry;
  registry.insert<mlir::oqat::OqatDialect>();
  mlir::MLIRContext context(registry);
  auto module =
      mlir::parseSourceString<mlir::ModuleOp>(buildNetwork(), &context);
  llvm::SmallString<128> folder;
  if (!module ||
      llvm::sys::fs::createUniqueDirectory("oqat-autodiff", folder) ||
      failed(mlir::oqat::exportTrainingPlan(*module, folder)))
    fail("no plan");
  std::string error, path = folder.str().str();
  auto plan = oqat::formats::readPlan(path + "/graph.json", error);
  if (!plan)
    fail(error);
  Library library;
  library.names = plan->kernelFunctions;
  library.handle = dlopen((path + "/" + plan->kernelsFile).c_str(), RTLD_NOW);
  if (!library.handle)
    fail(dlerror());
  llvm::sys::fs::remove_directories(folder);
  return library;
}

const Library &getLibrary() {
  static const Library library = buildLibrary();
  return library;
}

void *getSymbol(const std::string &name) {
  void *symbol = dlsym(getLibrary().handle, ("_mlir_ciface_" + name).c_str());
  if (!symbol)
    fail("no function '" + name + "'");
  return symbol;
}

/// The operands that both directions take.
struct Operands {
  explicit Operands(const KernelInputs &in)
      : data(in), x(tensor(data.x)), a(vector(data.a)), b(vector(data.b)),
        gate(matrix(data.gate)), residual(tensor(data.residual)),
        quant(vector(data.quant)) {}

  T1 vector(std::vector<float> &v) {
    return {v.data(), {static_cast<int64_t>(v.size())}};
  }
  T2 matrix(std::vector<float> &v) {
    if (v.empty())
      return {nullptr, {0, 0}};
    return {v.data(), {data.shape.images, data.shape.channels}};
  }
  T3 tensor(std::vector<float> &v) {
    if (v.empty())
      return {nullptr, {0, 0, 0}};
    return {v.data(),
            {data.shape.images, data.shape.pixels, data.shape.channels}};
  }

  KernelInputs data;
  T3 x;
  T1 a, b;
  T2 gate;
  T3 residual;
  T1 quant;
};
} // namespace

std::vector<float> oqat::test::runForward(const std::string &kernel,
                                          const KernelInputs &in,
                                          Device device) {
  Operands o(in);
  std::vector<float> result(in.shape.elements());
  if (device == Device::GPU) {
    forwardInLockstep(kernel, o.data, result.data(), nullptr);
    return result;
  }
  T3 y = o.tensor(result);
  C3 none(nullptr, {0, 0, 0});
  reinterpret_cast<Forward>(getSymbol(kernel + "_forward"))(
      &o.x, &o.a, &o.b, &o.gate, &o.residual, &o.quant, &y, &none);
  return result;
}

std::vector<int8_t> oqat::test::runForwardToCodes(const std::string &kernel,
                                                  const KernelInputs &in,
                                                  Device device) {
  Operands o(in);
  std::vector<int8_t> result(in.shape.elements());
  if (device == Device::GPU) {
    forwardInLockstep(kernel, o.data, nullptr, result.data());
    return result;
  }
  T3 none(nullptr, {0, 0, 0});
  C3 codes(result.data(),
           {in.shape.images, in.shape.pixels, in.shape.channels});
  reinterpret_cast<Forward>(getSymbol(kernel + "_forward"))(
      &o.x, &o.a, &o.b, &o.gate, &o.residual, &o.quant, &none, &codes);
  return result;
}

KernelGradients oqat::test::runBackward(const std::string &kernel,
                                        const KernelInputs &in, Device device) {
  Operands o(in);
  KernelGradients g;
  size_t channels = static_cast<size_t>(in.shape.channels);
  g.dx.resize(in.shape.elements());
  g.dresidual.resize(in.residual.size());
  g.da.resize(in.a.size());
  g.db.resize(in.b.size());
  g.dstep.resize(in.quant.empty() ? 0 : channels);
  g.dgate.resize(in.gate.size());
  if (device == Device::GPU) {
    backwardInLockstep(kernel, o.data, g);
    return g;
  }
  T3 grad = o.tensor(o.data.grad), dx = o.tensor(g.dx),
     dresidual = o.tensor(g.dresidual);
  T1 da = o.vector(g.da), db = o.vector(g.db), dstep = o.vector(g.dstep);
  T2 dgate = o.matrix(g.dgate);
  reinterpret_cast<Backward>(getSymbol(kernel + "_backward"))(
      &o.x, &o.a, &o.b, &o.gate, &o.residual, &o.quant, &grad, &dx, &dresidual,
      &da, &db, &dstep, &dgate);
  return g;
}

const std::vector<std::string> &oqat::test::kernelNames() {
  return getLibrary().names;
}
