// The kernels as a GPU's: compiled to device code only, by nvcc or by Clang, which needs no toolkit for it.
#define PAT_ONE_LANE
#define PAT_ISA cuda
#if !defined(__CUDACC__)
#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#endif

#include <cstdlib>

#include "kernels.h"

extern __shared__ __attribute__((aligned(16))) unsigned char pat_shared[];

namespace pat::cuda {
namespace {

PAT_BOTH inline Block this_block() {
#if defined(__CUDACC__) && defined(__CUDA_ARCH__)
  return {blockIdx.x, static_cast<int32_t>(blockDim.x), pat_shared};
#elif defined(__CUDA_ARCH__)
  return {__nvvm_read_ptx_sreg_ctaid_x(), static_cast<int32_t>(__nvvm_read_ptx_sreg_ntid_x()), pat_shared};
#else
  return {};
#endif
}

}  // namespace
}  // namespace pat::cuda

using namespace pat;
using namespace pat::cuda;
using namespace pat::device;

#define PAT_PLAIN(...) __VA_ARGS__
#define PAT_KERNEL(name, Arguments, text)                            \
  extern "C" __global__ void pat_##name(const Arguments arguments) { \
    PAT_PLAIN text(this_block(), arguments);                         \
  }

PAT_DEVICE_KERNELS(PAT_KERNEL)
