# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# LibTorch out of the torch wheel, as plain imported targets. The wheel is
# installed with --no-deps: libtorch_cpu needs only libcudart and libcupti of
# CUDA, which come from the toolkit or from two small wheels in the same venv.
# Gives: Oqat::Torch, OQAT_TORCH_RPATH, OQAT_GLOO_INCLUDE_DIR.
if(NOT OQAT_TORCH_DIR)
  file(GLOB OQAT_TORCH_CANDIDATES ${CMAKE_BINARY_DIR}/venv/lib/python3*/site-packages/torch)
  list(APPEND OQAT_TORCH_CANDIDATES "")
  list(GET OQAT_TORCH_CANDIDATES 0 OQAT_TORCH_FOUND)
  set(OQAT_TORCH_DIR ${OQAT_TORCH_FOUND})
endif()
if(NOT EXISTS ${OQAT_TORCH_DIR}/lib/libtorch_cpu.so)
  message(FATAL_ERROR "LibTorch not found in '${OQAT_TORCH_DIR}': run tools/install.sh, "
    "set OQAT_TORCH_DIR, or configure with -DOQAT_ENABLE_TRAIN=OFF")
endif()
# Declarations for c10d's header; the library itself is part of libtorch_cpu.
find_path(OQAT_GLOO_INCLUDE_DIR gloo/algorithm.h)
if(NOT OQAT_GLOO_INCLUDE_DIR)
  message(FATAL_ERROR "Gloo's headers not found: run tools/install.sh (Debian: libgloo-dev), "
    "set OQAT_GLOO_INCLUDE_DIR, or configure with -DOQAT_ENABLE_TRAIN=OFF")
endif()
get_filename_component(OQAT_SITE_PACKAGES ${OQAT_TORCH_DIR} DIRECTORY)
file(GLOB OQAT_CUDA_WHEEL_DIRS ${OQAT_SITE_PACKAGES}/nvidia/*/lib)
set(OQAT_CUDA_DIRS "")
foreach(dir /usr/local/cuda/lib64 /usr/local/cuda/extras/CUPTI/lib64 ${OQAT_CUDA_WHEEL_DIRS})
  if(EXISTS ${dir})
    list(APPEND OQAT_CUDA_DIRS ${dir})
  endif()
endforeach()
set(OQAT_TORCH_RPATH ${OQAT_TORCH_DIR}/lib ${OQAT_CUDA_DIRS})

add_library(Oqat::C10 SHARED IMPORTED GLOBAL)
set_target_properties(Oqat::C10 PROPERTIES IMPORTED_LOCATION ${OQAT_TORCH_DIR}/lib/libc10.so)
add_library(Oqat::Torch SHARED IMPORTED GLOBAL)
set_target_properties(Oqat::Torch PROPERTIES IMPORTED_LOCATION ${OQAT_TORCH_DIR}/lib/libtorch_cpu.so)
target_include_directories(Oqat::Torch SYSTEM INTERFACE
  ${OQAT_TORCH_DIR}/include ${OQAT_TORCH_DIR}/include/torch/csrc/api/include)
target_link_libraries(Oqat::Torch INTERFACE Oqat::C10)
# libtorch_cpu's own dependencies are found through the rpath at run time.
target_link_options(Oqat::Torch INTERFACE -Wl,--allow-shlib-undefined)
foreach(dir ${OQAT_TORCH_RPATH})
  target_link_options(Oqat::Torch INTERFACE -Wl,-rpath,${dir})
endforeach()
