# Makes PAT_DEVICE_IMAGE, the object file that holds the GPU kernels of kernels/device: from nvcc where it is (machine code for
# sm_80 and sm_90, and PTX for what comes after), else from Clang, which makes PTX without CUDA's toolkit. Empty without either.
option(PAT_DEVICE "Compile the GPU kernels, where nvcc or Clang is there" ON)

find_program(PAT_NVCC nvcc HINTS $ENV{CUDA_HOME}/bin /usr/local/cuda/bin)
find_program(PAT_CLANG NAMES clang++ clang++-19 clang++-18 clang++-17 clang++-16 clang++-15 clang++-14 clang clang-14)

set(_device ${CMAKE_CURRENT_SOURCE_DIR}/kernels/device)
set(_image ${CMAKE_BINARY_DIR}/device.image)
file(GLOB _texts CONFIGURE_DEPENDS ${_device}/*.h ${_device}/*.cu ${CMAKE_CURRENT_SOURCE_DIR}/kernels/*.h)
set(_include -I${CMAKE_CURRENT_SOURCE_DIR}/bridge)

if(NOT PAT_DEVICE)
  set(_compiler "")
elseif(PAT_NVCC)
  set(_compiler ${PAT_NVCC} -fatbin --threads 0 -std=c++17 -O3 --expt-relaxed-constexpr ${_include}
    -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=sm_90 -gencode arch=compute_80,code=compute_80
    ${_device}/kernels.cu -o ${_image})
elseif(PAT_CLANG)
  set(_compiler ${PAT_CLANG} -x cuda --cuda-device-only -nocudainc -nocudalib --cuda-gpu-arch=sm_80 -std=c++17 -O3
    -ffp-contract=fast -Wall -Wextra $<$<BOOL:${PAT_WERROR}>:-Werror> -Xclang -mllvm -Xclang -inline-threshold=1000000 ${_include}
    -S ${_device}/kernels.cu -o ${_image})
else()
  set(_compiler "")
  message(STATUS "No nvcc and no clang: fused losses for the CPU only")
endif()

if(_compiler)
  list(GET _compiler 0 _name)
  message(STATUS "GPU kernels by ${_name}")
  add_custom_command(OUTPUT ${_image} COMMAND ${_compiler} DEPENDS ${_texts} VERBATIM COMMAND_EXPAND_LISTS
    COMMENT "Building GPU kernels")
  set(_content "  .incbin \"${_image}\"\n")
else()
  file(WRITE ${CMAKE_BINARY_DIR}/empty.image "")
  set(_image ${CMAKE_BINARY_DIR}/empty.image)
  set(_content "")
endif()
# PTX is text, and ends with a zero.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/device_image.cpp CONTENT [=[
// The GPU kernels as they are loaded; DeviceCode.cmake wrote this file.
#include <cstdint>
asm(R"(
  .section .rodata
  .balign 16
  .global pat_device_image
pat_device_image:
@_content@pat_device_image_end:
  .byte 0
  .balign 8
  .global pat_device_image_bytes
pat_device_image_bytes:
  .quad pat_device_image_end - pat_device_image
  .text
)");
]=] @ONLY)
set_source_files_properties(${CMAKE_BINARY_DIR}/device_image.cpp PROPERTIES OBJECT_DEPENDS ${_image})
set(PAT_DEVICE_IMAGE ${CMAKE_BINARY_DIR}/device_image.cpp)
