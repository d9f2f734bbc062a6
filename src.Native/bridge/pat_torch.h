// libpat_torch: ATen behind a C ABI.
//
// A tensor handle is an `at::Tensor*` on the heap (what TorchSharp calls `Tensor.Handle`); whoever receives
// one frees it with pat_tensor_free. Functions that return `int` return 0 on success and 1 on failure; the
// message of the last failure on this thread is pat_last_error(). No C++ exception leaves the library.
#ifndef PAT_TORCH_H
#define PAT_TORCH_H

#include <stdint.h>

#define PAT_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

// What a pat_value holds. Arguments are converted by tag; an argument left out at the end of the list takes
// the default that the operator's schema gives.
enum pat_tag {
  PAT_NONE = 0,
  PAT_TENSOR = 1,                // p: at::Tensor*
  PAT_TENSOR_LIST = 2,           // p: at::Tensor*[len]
  PAT_OPTIONAL_TENSOR_LIST = 3,  // p: at::Tensor*[len], null for None
  PAT_INT = 4,                   // i; also ScalarType, Layout and MemoryFormat, which ATen passes as ints
  PAT_INT_LIST = 5,              // p: int64_t[len]
  PAT_DOUBLE = 6,                // d
  PAT_DOUBLE_LIST = 7,           // p: double[len]
  PAT_BOOL = 8,                  // i: 0 or 1
  PAT_BOOL_LIST = 9,             // p: uint8_t[len]
  PAT_DEVICE = 10,               // i: device type (0 CPU, 1 CUDA), len: index or -1
  PAT_STRING = 11,               // p: UTF-8, len bytes
  PAT_GENERATOR = 12             // p: at::Generator*
};

typedef struct pat_value {
  int32_t tag;
  int32_t len;
  union {
    int64_t i;
    double d;
    void* p;
  };
} pat_value;

typedef struct pat_tensor_info {
  int32_t dtype;         // c10::ScalarType
  int32_t device_type;   // 0 CPU, 1 CUDA
  int32_t device_index;  // -1 where the type has one device only
  int32_t dim;
  int64_t numel;
  int32_t requires_grad;
  int32_t is_leaf;
} pat_tensor_info;

PAT_API const char* pat_last_error(void);
PAT_API void pat_last_error_set(const char* message);  // for the libraries that stand on this one

// --- operators ---------------------------------------------------------------------------------------------
// Resolves `name` ("aten::add") and `overload` ("Tensor", or "") once; the handle lives as long as the
// process.
PAT_API int pat_op_find(const char* name, const char* overload, void** op);
// Calls an operator. `outs` has room for `*nouts` values; `*nouts` becomes the number returned, or, when
// there is too little room, the number needed. Tensors come back as new handles; a tensor list comes back as
// PAT_TENSOR_LIST whose array is freed with pat_list_free (its tensors are the caller's, null where
// undefined). int, double, bool and None come back as such, an undefined tensor as None. One int is taken for
// `int[N]`, an int for a float or a Scalar.
PAT_API int pat_op_call(void* op, const pat_value* args, int32_t nargs, pat_value* outs, int32_t* nouts);
PAT_API void pat_list_free(void* list);

// --- tensors -----------------------------------------------------------------------------------------------
// Copies `data` (host memory, contiguous) into a new tensor on the given device. `data` may change on return;
// on CUDA nobody waits for the copy, and a large one goes on beside the work enqueued so far.
PAT_API int pat_tensor_from_memory(const void* data, const int64_t* shape, int32_t dim, int32_t dtype,
                                   int32_t device_type, int32_t device_index, void** out);
PAT_API int pat_tensor_info_get(const void* tensor, pat_tensor_info* info);
PAT_API int pat_tensor_sizes(const void* tensor, int64_t* sizes);      // room for dim values
PAT_API int pat_tensor_strides(const void* tensor, int64_t* strides);  // room for dim values
PAT_API int pat_tensor_is_contiguous(const void* tensor, int32_t memory_format, int32_t* result);
// Address of the first element; the tensor must be on the CPU.
PAT_API int pat_tensor_data(const void* tensor, void** data);
// A new handle of the same tensor.
PAT_API int pat_tensor_alias(const void* tensor, void** out);
PAT_API int pat_tensor_free(void* tensor);
PAT_API int64_t pat_live_tensors(void);  // handles made by this library and not yet freed
// How often the tensor was changed in place; known without a wait for its device.
PAT_API int pat_tensor_version(const void* tensor, int64_t* version);
// Sends a tensor to the host behind the work enqueued so far. To finish waits for that work and the copy, not
// for what was enqueued after them, and gives a tensor on the CPU; the tensor must not change before.
PAT_API int pat_download_begin(const void* tensor, void** download);
PAT_API int pat_download_finish(void* download, void** tensor);
PAT_API void pat_download_free(void* download);

// --- autograd ----------------------------------------------------------------------------------------------
PAT_API int pat_set_requires_grad(void* tensor, int32_t value);
PAT_API int pat_grad_get(const void* tensor, void** grad);  // null handle when there is none
PAT_API int pat_grad_set(void* tensor, const void* grad);   // null clears it
// `grad_outputs` may be null (all ones of scalars) or hold null entries.
PAT_API int pat_backward(void* const* tensors, void* const* grad_outputs, int32_t count, int32_t retain_graph,
                         int32_t create_graph);
PAT_API int pat_grad(void* const* outputs, void* const* grad_outputs, int32_t noutputs, void* const* inputs,
                     int32_t ninputs, int32_t retain_graph, int32_t create_graph, int32_t allow_unused,
                     void** grads);
PAT_API int32_t pat_grad_mode(void);
PAT_API void pat_set_grad_mode(int32_t enabled);
// Free a guard on the thread that made it, innermost first.
PAT_API int pat_inference_guard_new(int32_t enabled, void** guard);
PAT_API void pat_inference_guard_free(void* guard);

// --- recomputation -----------------------------------------------------------------------------------------
// Computes a block: `inputs` are new handles, which the callee frees; it puts the result into `output` with
// pat_tensor_assign. Not 0: it failed, with a sentence of at most `room` bytes, the 0 at the end included.
typedef int32_t (*pat_block)(void* context, void* const* inputs, int32_t ninputs, void* output, char* message,
                             int32_t room);
typedef void (*pat_release)(void* context);
// A block whose intermediate values are not kept for the backward pass, which runs the block a second time:
// memory for time. `buffers` (running statistics) are after the second run as they were before it.
// `release` is called once, when nothing refers to the block any more.
PAT_API int pat_recompute(pat_block run, pat_release release, void* context, void* const* inputs,
                          int32_t ninputs, void* const* parameters, int32_t nparameters, void* const* buffers,
                          int32_t nbuffers, void** output);
PAT_API int pat_tensor_assign(void* target, const void* source);

// --- autocast ----------------------------------------------------------------------------------------------
PAT_API int pat_autocast_get(int32_t device_type, int32_t* enabled, int32_t* dtype);
// Entering and leaving keeps libtorch's nesting count; leaving the outermost region drops the cast cache.
PAT_API int pat_autocast_enter(int32_t device_type, int32_t dtype, int32_t enabled);
PAT_API int pat_autocast_leave(int32_t device_type, int32_t dtype, int32_t enabled);

// --- randomness --------------------------------------------------------------------------------------------
PAT_API int pat_manual_seed(uint64_t seed);  // every default generator
PAT_API int pat_generator_new(uint64_t seed, int32_t device_type, int32_t device_index, void** generator);
PAT_API int pat_generator_default(int32_t device_type, int32_t device_index, void** generator);
PAT_API int pat_generator_seed(void* generator, uint64_t seed);
PAT_API int pat_generator_initial_seed(const void* generator, uint64_t* seed);
PAT_API int pat_generator_get_state(const void* generator, void** state);
PAT_API int pat_generator_set_state(void* generator, const void* state);
PAT_API void pat_generator_free(void* generator);

// --- CUDA graphs -------------------------------------------------------------------------------------------
// A graph, with a stream of its own on a device (-1: the current one). Fails where libpat_torch was built
// without CUDA's headers.
PAT_API int pat_graph_new(int32_t device_index, void** graph);
// Between the two, what this thread gives the device goes to the graph's stream, behind what was given
// before; what is given afterwards goes behind all of it.
PAT_API int pat_graph_enter(void* graph);
PAT_API int pat_graph_leave(void* graph);
// Within them, and once: what the device is given until the end becomes the graph, and is not computed. It
// must have been computed on this stream before. Numbers from the host (pat_tensor_from_memory) are refused.
PAT_API int pat_graph_capture_begin(void* graph);
PAT_API int pat_graph_capture_end(void* graph);
// Computes what was captured, with what its tensors hold now.
PAT_API int pat_graph_replay(void* graph);
PAT_API void pat_graph_free(void* graph);

// --- files of weights -----------------------------------------------------------------------------------
// Maps a file into memory. Its tensors keep it mapped after pat_map_close; writing to them stays out of the
// file.
PAT_API int pat_map_open(const char* path, void** map, int64_t* size);
PAT_API int pat_map_read(const void* map, int64_t offset, void* target, int64_t length);
// The bytes from `offset` on as a tensor; copied where they don't lie at a multiple of the element's size.
PAT_API int pat_map_tensor(const void* map, int64_t offset, const int64_t* shape, int32_t dim, int32_t dtype,
                           void** out);
PAT_API void pat_map_close(void* map);
// Runs a pickle program over the records of a .pt or .pth archive with libtorch's own unpickler, which makes
// tensors, containers, numbers and strings only. The caller has checked the program, which makes a dictionary
// of tensors. `found` gets each with its key, as a new handle; it must not fail.
typedef void (*pat_found)(void* context, const char* name, void* tensor);
PAT_API int pat_torch_load(const char* path, const void* program, int64_t length, pat_found found,
                           void* context);
// Writes an archive that torch.load reads: the program, and each tensor as the record of its number.
PAT_API int pat_torch_save(const char* path, const void* program, int64_t length, void* const* tensors,
                           int32_t count);

// --- the machine -------------------------------------------------------------------------------------------
PAT_API int pat_set_num_threads(int32_t threads);
PAT_API int32_t pat_get_num_threads(void);
PAT_API int32_t pat_cuda_is_available(void);
PAT_API int32_t pat_cuda_device_count(void);
// The CUDA that libtorch is built for, as CUDA numbers it (12040 is 12.4); 0 where it is built without.
PAT_API int32_t pat_cuda_version(void);
// How cuDNN chooses its algorithms: the fastest by trial for each shape; deterministic ones only.
PAT_API int pat_set_cudnn(int32_t benchmark, int32_t deterministic);
// libtorch's version ("1.13.1"), its build configuration (BLAS, CPU features), and the path of the loaded
// libtorch_cpu.
PAT_API const char* pat_torch_version(void);
PAT_API const char* pat_torch_config(void);
PAT_API const char* pat_torch_path(void);

#ifdef __cplusplus
}
#endif
#endif
