// A block of threads: on the device those of the hardware, elsewhere a loop over each.
#ifndef PAT_BLOCK_H
#define PAT_BLOCK_H

#include "../simd.h"

namespace pat::PAT_ISA {

struct Block {
  int64_t index;
  int32_t threads;
  unsigned char* shared;   // aligned to 16 bytes
  bool backwards = false;  // of the emulator: the last thread first

  // body(thread) for every thread; all are done when it returns.
  template <class Body>
  PAT_INLINE void each(const Body& body) const {
#if defined(__CUDACC__) && defined(__CUDA_ARCH__)
    body(static_cast<int32_t>(threadIdx.x));
    __syncthreads();
#elif defined(__CUDA_ARCH__)
    body(static_cast<int32_t>(__nvvm_read_ptx_sreg_tid_x()));
    __nvvm_bar_sync(0);
#else
    for (int32_t i = 0; i < threads; ++i) body(backwards ? threads - 1 - i : i);
#endif
  }

  // Adds to a whole number that other threads of the block add to.
  PAT_INLINE static void add(int32_t* to, int32_t count) {
#if defined(__CUDACC__) && defined(__CUDA_ARCH__)
    atomicAdd(to, count);
#elif defined(__CUDA_ARCH__)
    __nvvm_atom_add_gen_i(to, count);
#else
    *to += count;
#endif
  }
};

struct Sum {
  template <class T>
  PAT_INLINE T operator()(T a, T b) const {
    return a + b;
  }
};
struct Least {
  template <class T>
  PAT_INLINE T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};

// All of `values`, one for each thread of the block, put together in a fixed order into values[0]; the others
// are overwritten.
template <class T, class Operation>
PAT_INLINE void reduce(const Block& block, T* values, const Operation& together) {
  int32_t count = block.threads;
  while (count > 1) {
    const int32_t half = (count + 1) / 2;
    block.each([&](int32_t thread) {
      if (thread + half < count) values[thread] = together(values[thread], values[thread + half]);
    });
    count = half;
  }
}

// Sixteen bytes of memory at once.
struct alignas(16) Sixteen {
  uint32_t words[4];
};

// load_sixteen and store_sixteen are for the device's memory, put_sixteen for memory of the block.
#if defined(__CUDA_ARCH__) && defined(__CUDACC__)
PAT_INLINE void put_sixteen(void* to, const Sixteen& s) {
  *static_cast<uint4*>(to) = make_uint4(s.words[0], s.words[1], s.words[2], s.words[3]);
}
PAT_INLINE Sixteen load_sixteen(const void* from) {
  const uint4 v = __ldg(static_cast<const uint4*>(from));
  return {{v.x, v.y, v.z, v.w}};
}
PAT_INLINE void store_sixteen(void* to, const Sixteen& s) {
  __stcs(static_cast<uint4*>(to), make_uint4(s.words[0], s.words[1], s.words[2], s.words[3]));
}
#elif defined(__CUDA_ARCH__)
typedef uint32_t Words __attribute__((ext_vector_type(4)));
typedef Words __attribute__((address_space(1))) GlobalWords;
PAT_INLINE void put_sixteen(void* to, const Sixteen& s) {
  *static_cast<Words*>(to) = Words{s.words[0], s.words[1], s.words[2], s.words[3]};
}
PAT_INLINE Sixteen load_sixteen(const void* from) {
  const Words v = *(const GlobalWords*)from;
  return {{v.x, v.y, v.z, v.w}};
}
PAT_INLINE void store_sixteen(void* to, const Sixteen& s) {
  *(GlobalWords*)to = Words{s.words[0], s.words[1], s.words[2], s.words[3]};
}
#else
PAT_INLINE void put_sixteen(void* to, const Sixteen& s) { PAT_COPY(to, &s, sizeof s); }
PAT_INLINE Sixteen load_sixteen(const void* from) {
  Sixteen s;
  PAT_COPY(&s, from, sizeof s);
  return s;
}
PAT_INLINE void store_sixteen(void* to, const Sixteen& s) { PAT_COPY(to, &s, sizeof s); }
#endif

}  // namespace pat::PAT_ISA

#endif
