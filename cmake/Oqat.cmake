# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Wrappers that every folder uses, so that flags are said once:
#   oqat_add_std_library(Name srcs... [LINK libs...])    no LLVM, no LibTorch
#   oqat_add_mlir_library(Name srcs... [LINK libs...] [DEPENDS tablegen-targets...])
#   oqat_add_tool(name srcs... [LINK libs...])           a binary in build/bin
#   oqat_add_unittest(NameTests srcs... [LINK libs...])       a GoogleTest binary run by lit
#   oqat_tablegen(<td> <out> <mlir-tblgen args>)         one generated file

find_package(Threads REQUIRED)
find_package(MLIR 19.1 REQUIRED CONFIG HINTS /usr/lib/llvm-19/lib/cmake/mlir)
find_package(LLVM 19.1 REQUIRED CONFIG HINTS /usr/lib/llvm-19/lib/cmake/llvm)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

set(OQAT_WARNINGS -Wall -Wextra -Wno-unused-parameter)
# N10: no contraction anywhere; results must not depend on the compiler's mood.
set(OQAT_FLOAT_FLAGS -ffp-contract=off)

# Everything about LLVM/MLIR in one interface target: only the two shared
# libraries are linked, never single static ones (duplicate options and type ids).
add_library(OqatMLIRInterface INTERFACE)
target_include_directories(OqatMLIRInterface SYSTEM INTERFACE
  ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_include_directories(OqatMLIRInterface INTERFACE
  ${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR}/include
  ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
separate_arguments(OQAT_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_definitions(OqatMLIRInterface INTERFACE ${OQAT_LLVM_DEFINITIONS})
# Type ids of traits and interfaces are inline symbols that must merge with those
# of libMLIR, so this code cannot be hidden.
target_compile_options(OqatMLIRInterface INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions -fvisibility=default
  -fno-visibility-inlines-hidden> ${OQAT_FLOAT_FLAGS} ${OQAT_WARNINGS})
target_link_libraries(OqatMLIRInterface INTERFACE MLIR LLVM)

# A pass's statistics are constructed in libMLIR, by a class that has members only
# where LLVM was built with assertions. Ours must be the same class, and it goes by
# NDEBUG, which this code does without.
if(NOT LLVM_ENABLE_ASSERTIONS)
  target_compile_options(OqatMLIRInterface INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-include ${CMAKE_SOURCE_DIR}/include/oqat/Support/Statistics.h>)
endif()

# The common MLIR headers, parsed once.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/OqatMLIRPch.cpp CONTENT "\n")
add_library(OqatMLIRPch OBJECT ${CMAKE_BINARY_DIR}/OqatMLIRPch.cpp)
target_link_libraries(OqatMLIRPch PRIVATE OqatMLIRInterface)
target_precompile_headers(OqatMLIRPch PRIVATE
  "<mlir/IR/Builders.h>" "<mlir/IR/BuiltinAttributes.h>" "<mlir/IR/BuiltinOps.h>"
  "<mlir/IR/BuiltinTypes.h>" "<mlir/IR/OpImplementation.h>" "<mlir/IR/PatternMatch.h>"
  "<mlir/IR/SymbolTable.h>" "<mlir/Interfaces/FunctionInterfaces.h>"
  "<mlir/Interfaces/InferTypeOpInterface.h>"
  "<mlir/Interfaces/SideEffectInterfaces.h>" "<mlir/Pass/Pass.h>"
  "<mlir/Pass/PassManager.h>" "<mlir/Transforms/DialectConversion.h>"
  "<mlir/Transforms/GreedyPatternRewriteDriver.h>" "<llvm/ADT/TypeSwitch.h>"
  "<llvm/Support/JSON.h>" "<map>" "<optional>" "<string>" "<vector>")

function(oqat_add_std_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/include)
  target_compile_options(${name} PRIVATE ${OQAT_FLOAT_FLAGS} ${OQAT_WARNINGS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

function(oqat_add_mlir_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} OqatMLIRInterface)
  target_precompile_headers(${name} REUSE_FROM OqatMLIRPch)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

function(oqat_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/include)
  target_compile_options(${name} PRIVATE ${OQAT_FLOAT_FLAGS} ${OQAT_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} Threads::Threads)
endfunction()

# GoogleTest binaries land in build/test/Unit/<Name>, where lit looks for them.
find_package(GTest REQUIRED)
add_custom_target(OqatUnitTests)
function(oqat_add_unittest name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test/Unit)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/include)
  target_compile_options(${name} PRIVATE ${OQAT_FLOAT_FLAGS} ${OQAT_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest_main Threads::Threads)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  add_dependencies(OqatUnitTests ${name})
endfunction()

# oqat_tablegen(OqatOps.td OqatOps.h.inc -gen-op-decls): writes
# ${CMAKE_CURRENT_BINARY_DIR}/OqatOps.h.inc; follow with
# add_public_tablegen_target(<name>), as upstream does.
macro(oqat_tablegen td out)
  set(LLVM_TARGET_DEFINITIONS ${td})
  mlir_tablegen(${out} ${ARGN}
    EXTRA_INCLUDES ${MLIR_INCLUDE_DIRS} ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR})
endmacro()
