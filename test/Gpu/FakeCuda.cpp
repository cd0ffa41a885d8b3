//===- FakeCuda.cpp - A CUDA driver that runs kernels in lockstep ---------===//
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Has the functions of libcuda.so.1 that train/Device calls. Memory of the
// device is that of the process; a launch runs the kernel of the same name of
// the IR in $OQAT_FAKE_CUDA_MODULE, once the PTX that was loaded has an entry
// of this name with as many parameters, and all its memory was allocated. With
// OQAT_FAKE_CUDA_ALL_MEMORY, all memory of the process counts as allocated.
//
//===----------------------------------------------------------------------===//

#include "Lockstep.h"
#include "dialects/oqat/Oqat.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include <chrono>
#include <cstdlib>
#include <map>

using namespace mlir;
using namespace ::oqat::test;

#define OQAT_EXPORT extern "C" __attribute__((visibility("default")))

namespace {
using Clock = std::chrono::steady_clock;

/// What went wrong last, for cuGetErrorString.
std::string lastError;
int fail(const llvm::Twine &what) {
  lastError = what.str();
  return 1;
}

std::map<uint64_t, size_t> allocations;

struct Module {
  Module(std::string ptx) : ptx(std::move(ptx)) {
    DialectRegistry registry;
    registry
        .insert<arith::ArithDialect, gpu::GPUDialect, math::MathDialect,
                memref::MemRefDialect, mlir::oqat::OqatDialect,
                NVVM::NVVMDialect, scf::SCFDialect, vector::VectorDialect>();
    context.appendDialectRegistry(registry);
    const char *path = std::getenv("OQAT_FAKE_CUDA_MODULE");
    module = parseSourceFile<ModuleOp>(path ? path : "", &context);
    if (module)
      for (gpu::GPUModuleOp op : module->getOps<gpu::GPUModuleOp>())
        kernels = op;
  }

  std::string ptx;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  gpu::GPUModuleOp kernels;
};

/// Parameters of the PTX entry `name`, or -1 where there is none.
int countEntryParameters(llvm::StringRef ptx, llvm::StringRef name) {
  size_t start = ptx.find((".entry " + name + "(").str());
  if (start == llvm::StringRef::npos)
    return -1;
  llvm::StringRef list = ptx.substr(start).split(')').first;
  return static_cast<int>(list.count(".param"));
}

bool isAllocated(uint64_t data, size_t bytes) {
  static const bool isAll = std::getenv("OQAT_FAKE_CUDA_ALL_MEMORY");
  if (isAll)
    return true;
  auto next = allocations.upper_bound(data);
  if (next == allocations.begin())
    return false;
  auto [base, size] = *std::prev(next);
  return data + bytes <= base + size;
}

/// Whether all memory that the parameters describe was allocated.
bool isAllocated(gpu::GPUFuncOp kernel, llvm::ArrayRef<uint64_t> parameters) {
  for (Type type : kernel.getArgumentTypes()) {
    auto memref = dyn_cast<MemRefType>(type);
    if (!memref) {
      parameters = parameters.drop_front();
      continue;
    }
    size_t rank = static_cast<size_t>(memref.getRank());
    size_t bytes =
        getElementTypeOrSelf(memref.getElementType()).getIntOrFloatBitWidth() /
        8;
    if (auto vector = dyn_cast<VectorType>(memref.getElementType()))
      bytes *= static_cast<size_t>(vector.getNumElements());
    // Up to the last element that there is, by offset, sizes and strides.
    size_t elements = 1 + parameters[2];
    for (size_t i = 0; i < rank; ++i)
      elements =
          parameters[3 + i] && elements
              ? elements + (parameters[3 + i] - 1) * parameters[3 + rank + i]
              : 0;
    bytes *= elements;
    uint64_t data = parameters[1];
    if (data && (!isAllocated(data, bytes) || data % 16))
      return false;
    parameters = parameters.drop_front(3 + 2 * rank);
  }
  return true;
}
} // namespace

OQAT_EXPORT int cuInit(unsigned) { return 0; }
OQAT_EXPORT int cuDeviceGet(int *device, int index) {
  *device = index;
  return index == 0 ? 0 : fail("there is one device");
}
OQAT_EXPORT int cuDeviceGetName(char *name, int size, int) {
  std::snprintf(name, static_cast<size_t>(size), "lockstep");
  return 0;
}
OQAT_EXPORT int cuDeviceGetAttribute(int *value, int attribute, int) {
  *value = attribute == 75 ? 8 : 0; // sm_80
  return 0;
}
OQAT_EXPORT int cuDevicePrimaryCtxRetain(void **context, int) {
  *context = &allocations;
  return 0;
}
OQAT_EXPORT int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
OQAT_EXPORT int cuCtxSetCurrent(void *) { return 0; }
OQAT_EXPORT int cuModuleLoadDataEx(void **module, const void *image, unsigned,
                                   int *, void **) {
  auto loaded = std::make_unique<Module>(static_cast<const char *>(image));
  if (!loaded->kernels)
    return fail("OQAT_FAKE_CUDA_MODULE names no IR with a gpu.module");
  *module = loaded.release();
  return 0;
}
OQAT_EXPORT int cuModuleUnload(void *module) {
  delete static_cast<Module *>(module);
  return 0;
}
OQAT_EXPORT int cuModuleGetFunction(void **function, void *handle,
                                    const char *name) {
  auto *module = static_cast<Module *>(handle);
  auto kernel = module->kernels.lookupSymbol<gpu::GPUFuncOp>(name);
  if (!kernel)
    return fail(llvm::Twine("no kernel ") + name);
  if (countEntryParameters(module->ptx, name) !=
      static_cast<int>(countParameters(kernel)))
    return fail(llvm::Twine("the PTX has no such entry: ") + name);
  *function = kernel.getOperation();
  return 0;
}
OQAT_EXPORT int cuMemAlloc_v2(uint64_t *pointer, size_t bytes) {
  // Sizes must be multiples of the alignment here.
  void *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  *pointer = reinterpret_cast<uint64_t>(memory);
  allocations[*pointer] = bytes;
  return 0;
}
OQAT_EXPORT int cuMemFree_v2(uint64_t pointer) {
  if (!allocations.erase(pointer))
    return fail("frees what was not allocated");
  std::free(reinterpret_cast<void *>(pointer));
  return 0;
}
static int copy(uint64_t to, uint64_t from, size_t bytes, uint64_t onDevice) {
  if (!isAllocated(onDevice, bytes))
    return fail("copies what was not allocated");
  std::memcpy(reinterpret_cast<void *>(to),
              reinterpret_cast<const void *>(from), bytes);
  return 0;
}
OQAT_EXPORT int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t bytes) {
  return copy(to, reinterpret_cast<uint64_t>(from), bytes, to);
}
OQAT_EXPORT int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t bytes) {
  return copy(reinterpret_cast<uint64_t>(to), from, bytes, from);
}
OQAT_EXPORT int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes,
                                     void *) {
  return isAllocated(to, bytes) ? copy(to, from, bytes, from)
                                : fail("copies to what was not allocated");
}
OQAT_EXPORT int cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes,
                                void *) {
  if (!isAllocated(to, bytes))
    return fail("clears what was not allocated");
  std::memset(reinterpret_cast<void *>(to), value, bytes);
  return 0;
}
OQAT_EXPORT int cuCtxSynchronize() { return 0; }
OQAT_EXPORT int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY,
                               unsigned gridZ, unsigned blockX, unsigned blockY,
                               unsigned blockZ, unsigned, void *,
                               void **parameters, void **) {
  auto kernel = cast<gpu::GPUFuncOp>(static_cast<Operation *>(function));
  std::vector<uint64_t> values;
  for (size_t i = 0, e = countParameters(kernel); i < e; ++i)
    values.push_back(*static_cast<const uint64_t *>(parameters[i]));
  if (!isAllocated(kernel, values))
    return fail(
        "a kernel gets memory that was not allocated or is not aligned");
  Launch launch{{gridX, gridY, gridZ}, {blockX, blockY, blockZ}};
  if (llvm::Error error = runKernel(kernel, launch, values))
    return fail(llvm::toString(std::move(error)));
  return 0;
}
OQAT_EXPORT int cuEventCreate(void **event, unsigned) {
  *event = new Clock::time_point;
  return 0;
}
OQAT_EXPORT int cuEventDestroy_v2(void *event) {
  delete static_cast<Clock::time_point *>(event);
  return 0;
}
OQAT_EXPORT int cuEventRecord(void *event, void *) {
  *static_cast<Clock::time_point *>(event) = Clock::now();
  return 0;
}
OQAT_EXPORT int cuEventSynchronize(void *) { return 0; }
OQAT_EXPORT int cuEventElapsedTime(float *milliseconds, void *first,
                                   void *last) {
  std::chrono::duration<float, std::milli> between =
      *static_cast<Clock::time_point *>(last) -
      *static_cast<Clock::time_point *>(first);
  *milliseconds = between.count();
  return 0;
}
OQAT_EXPORT int cuGetErrorString(int, const char **text) {
  *text = lastError.c_str();
  return 0;
}
