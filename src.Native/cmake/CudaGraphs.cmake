# bridge/graph.cpp needs libtorch's CUDA libraries, and CUDA's headers beside libtorch's own: those of pip's packages beside
# torch, of the toolkit, or of the system. Without them it says so when it is called.
foreach(_library torch_cuda torch_cuda_cpp c10_cuda)  # the second one in builds of libtorch 1.x that split the first
  unset(PAT_TORCH_LIB_${_library} CACHE)
  find_library(PAT_TORCH_LIB_${_library} ${_library} PATHS ${PAT_TORCH_LIB_DIR} NO_DEFAULT_PATH)
endforeach()

# pip's packages of NVIDIA lie beside torch; what one header includes may be another package's.
file(GLOB _beside ${PAT_LIBTORCH}/../nvidia/*/include)
unset(PAT_CUDA_INCLUDE CACHE)
find_path(PAT_CUDA_INCLUDE cuda_runtime_api.h
  HINTS ${_beside} ENV CUDA_HOME ENV CUDA_PATH /usr/local/cuda PATH_SUFFIXES include)

if(PAT_CUDA_INCLUDE AND PAT_TORCH_LIB_torch_cuda AND PAT_TORCH_LIB_c10_cuda)
  set(_cuda_headers ${PAT_CUDA_INCLUDE})
  if(PAT_CUDA_INCLUDE IN_LIST _beside)
    set(_cuda_headers ${_beside})
  endif()
  include(CheckCXXSourceCompiles)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  set(CMAKE_REQUIRED_INCLUDES ${PAT_TORCH_INCLUDE} ${_cuda_headers})
  unset(PAT_CUDA_GRAPHS CACHE)
  check_cxx_source_compiles("#include <cuda.h>\n#include <ATen/cuda/CUDAGraph.h>\n#include <c10/cuda/CUDACachingAllocator.h>"
    PAT_CUDA_GRAPHS)
  unset(CMAKE_TRY_COMPILE_TARGET_TYPE)
  unset(CMAKE_REQUIRED_INCLUDES)
endif()

if(PAT_CUDA_GRAPHS)
  set_source_files_properties(bridge/graph.cpp PROPERTIES COMPILE_DEFINITIONS PAT_CUDA_GRAPHS)
  target_include_directories(pat_torch SYSTEM PRIVATE ${_cuda_headers})
  target_link_libraries(pat_torch PRIVATE ${PAT_TORCH_LIB_torch_cuda} ${PAT_TORCH_LIB_c10_cuda})
  if(PAT_TORCH_LIB_torch_cuda_cpp)
    target_link_libraries(pat_torch PRIVATE ${PAT_TORCH_LIB_torch_cuda_cpp})
  endif()
  message(STATUS "CUDA graphs with the headers in ${PAT_CUDA_INCLUDE}")
elseif(PAT_TORCH_LIB_torch_cuda)
  message(STATUS "No CUDA graphs: CUDA's headers (cuda_runtime_api.h and what it includes) are not found; set CUDA_HOME")
endif()
