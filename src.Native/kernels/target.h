// Where the text of the kernels is compiled for: a processor's vector registers, or one pixel a thread.
//
// PAT_ONE_LANE is the text of the device: there a vector is a number, and a tile is a pixel. nvcc or Clang
// compile it for a GPU, and any compiler for the processor, where device/emulator.cpp runs it.
#ifndef PAT_TARGET_H
#define PAT_TARGET_H

#include <cstdint>

#if defined(__CUDACC__) || defined(__CUDA__)
#define PAT_BOTH __host__ __device__
#else
#define PAT_BOTH
#endif

// memcpy, where a device has it too.
#if defined(__CUDACC__)
#define PAT_COPY memcpy
#else
#define PAT_COPY __builtin_memcpy
#endif

// What is called in the innermost loops: always inlined, so that no copy is shared between instruction sets.
#define PAT_INLINE PAT_BOTH __attribute__((always_inline)) inline

#endif
