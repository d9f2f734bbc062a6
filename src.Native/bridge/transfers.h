// Copies from host to device that nobody waits for.
#ifndef PAT_TRANSFERS_H
#define PAT_TRANSFERS_H

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/Stream.h>

namespace pat {

// Host memory for a tensor that is to go to `device`: page-locked for CUDA, which can then copy it by itself.
at::Tensor empty_for(c10::IntArrayRef sizes, at::ScalarType type, c10::Device device);

// Moves a tensor from `empty_for`. On CUDA the caller does not wait, work enqueued later does; what is large
// is copied beside the work enqueued so far. Page-locked memory is reused only after its copy.
at::Tensor upload(at::Tensor host, c10::Device device);

// Whether this thread may upload; not while it captures, as a replay would copy from memory that is others'
// by then.
void set_uploads_allowed(bool allowed);

// What `later` does from here on waits for what `earlier` has been given so far; the host waits for neither.
void order(const c10::Stream& earlier, const c10::Stream& later);

}  // namespace pat

#endif
