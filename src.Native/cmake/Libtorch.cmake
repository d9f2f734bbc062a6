# Defines the target `libtorch`. find_package(Torch) is not used: it needs the CUDA toolkit of a CUDA build and puts
# libtorch's headers and flags into ours.
set(PAT_LIBTORCH "$ENV{PAT_LIBTORCH}" CACHE PATH "Directory of another libtorch (include/, lib/); empty: the system's")

set(_prefixes /usr)
if(PAT_LIBTORCH)
  set(_prefixes ${PAT_LIBTORCH})
elseif(Torch_DIR)  # PREFIX/share/cmake/Torch, or PREFIX/lib/ARCH/cmake/Torch
  set(_prefixes ${Torch_DIR}/../../.. ${Torch_DIR}/../../../..)
endif()

# Found anew at each configuration, so that a changed PAT_LIBTORCH takes effect.
unset(PAT_TORCH_INCLUDE CACHE)
find_path(PAT_TORCH_INCLUDE ATen/core/dispatch/Dispatcher.h
  PATHS ${_prefixes} PATH_SUFFIXES include NO_DEFAULT_PATH)
foreach(_library torch torch_cpu c10)
  unset(PAT_TORCH_LIB_${_library} CACHE)
  find_library(PAT_TORCH_LIB_${_library} ${_library}
    PATHS ${_prefixes} PATH_SUFFIXES lib lib/${CMAKE_CXX_LIBRARY_ARCHITECTURE} NO_DEFAULT_PATH)
  if(NOT PAT_TORCH_LIB_${_library} OR NOT PAT_TORCH_INCLUDE)
    message(FATAL_ERROR "No libtorch in ${_prefixes} (its headers, or lib${_library}.so, are missing): "
      "install Debian's libtorch-dev, or set PAT_LIBTORCH to a directory that has include/ and lib/.")
  endif()
endforeach()
get_filename_component(PAT_TORCH_LIB_DIR ${PAT_TORCH_LIB_c10} DIRECTORY)

# The version stands in either file; the C++ standard that the headers need (ours is 17) in an #error of ATen.h.
file(GLOB _version_headers ${PAT_TORCH_INCLUDE}/torch/csrc/api/include/torch/version.h
  ${PAT_TORCH_INCLUDE}/torch/headeronly/version.h)
set(_version "")
foreach(_header ${_version_headers})
  file(STRINGS ${_header} _numbers REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
  foreach(_line ${_numbers})
    string(REGEX MATCH "[0-9]+$" _number "${_line}")
    list(APPEND _version ${_number})
  endforeach()
endforeach()
list(JOIN _version . _version)
set(CMAKE_CXX_STANDARD 17)
file(STRINGS ${PAT_TORCH_INCLUDE}/ATen/ATen.h _required REGEX "#error C\\+\\+[0-9]+ or later")
if(_required MATCHES "C\\+\\+([0-9]+)" AND CMAKE_MATCH_1 GREATER CMAKE_CXX_STANDARD)
  set(CMAKE_CXX_STANDARD ${CMAKE_MATCH_1})
endif()
message(STATUS "libtorch ${_version} in ${PAT_TORCH_LIB_DIR}, C++${CMAKE_CXX_STANDARD}")

add_library(libtorch INTERFACE)
target_include_directories(libtorch SYSTEM INTERFACE
  ${PAT_TORCH_INCLUDE} ${PAT_TORCH_INCLUDE}/torch/csrc/api/include)
# --no-as-needed: nothing of libtorch.so is called, but loading it is what loads the CUDA part of a CUDA build.
target_link_libraries(libtorch INTERFACE
  -Wl,--push-state,--no-as-needed ${PAT_TORCH_LIB_torch} ${PAT_TORCH_LIB_torch_cpu} ${PAT_TORCH_LIB_c10} -Wl,--pop-state)

# Builds of libtorch older than 2.6 for Python use the C++ ABI from before C++11; TorchConfig.cmake says which.
set(_config ${PAT_TORCH_INCLUDE}/../share/cmake/Torch/TorchConfig.cmake)
if(EXISTS ${_config})
  file(STRINGS ${_config} _old_abi REGEX "_GLIBCXX_USE_CXX11_ABI=0")
  if(_old_abi)
    target_compile_definitions(libtorch INTERFACE _GLIBCXX_USE_CXX11_ABI=0)
  endif()
endif()

set(CMAKE_BUILD_RPATH ${PAT_TORCH_LIB_DIR})
set(CMAKE_INSTALL_RPATH ${PAT_TORCH_LIB_DIR})
