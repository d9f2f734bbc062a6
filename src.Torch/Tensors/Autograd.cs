using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp.Bridge;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The gradient that backward accumulated; null if there is none.</summary>
        internal Tensor? Gradient
        {
            get
            {
                Native.Check(Native.pat_grad_get(Handle, out var gradient));
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }
        }

        /// <summary>Sets <see cref="requires_grad"/>.</summary>
        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        /// <summary>Adds the gradient of this scalar to every leaf that it depends on.</summary>
        public unsafe void backward()
        {
            var tensor = Handle;
            Native.Check(Native.pat_backward(&tensor, null, 1, 0, 0));
            GC.KeepAlive(this);
        }

        internal void ClearGradient()
        {
            Native.Check(Native.pat_grad_set(Handle, 0));
            GC.KeepAlive(this);
        }
    }

    /// <summary>Gradients as functions.</summary>
    public static class autograd
    {
        /// <summary>Gradients of the outputs' sum with respect to the inputs.</summary>
        /// <param name="outputs">What is differentiated.</param>
        /// <param name="inputs">With respect to what.</param>
        /// <param name="grad_outputs">Factors of the outputs' elements; null for scalars.</param>
        /// <param name="retain_graph">Keep the graph for a further call.</param>
        /// <param name="create_graph">Make the gradients differentiable.</param>
        /// <param name="allow_unused">An input that the outputs don't depend on gets null.</param>
        public static unsafe IList<Tensor> grad(
            IList<Tensor> outputs,
            IList<Tensor> inputs,
            IList<Tensor>? grad_outputs = null,
            bool retain_graph = false,
            bool create_graph = false,
            bool allow_unused = false
        )
        {
            var outs = Handles(outputs);
            var ins = Handles(inputs);
            var factors = grad_outputs is null ? null : Handles(grad_outputs);
            var gradients = new nint[ins.Length];
            fixed (
                nint* o = outs,
                    i = ins,
                    f = factors,
                    g = gradients
            )
            {
                Native.Check(
                    Native.pat_grad(
                        o,
                        f,
                        outs.Length,
                        i,
                        ins.Length,
                        retain_graph ? 1 : 0,
                        create_graph ? 1 : 0,
                        allow_unused ? 1 : 0,
                        g
                    )
                );
            }
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return [.. gradients.Select(handle => handle == 0 ? null! : new Tensor(handle))];
        }

        private static nint[] Handles(IList<Tensor> tensors) => [.. tensors.Select(tensor => tensor.Handle)];
    }

    /// <summary>Switches the recording of gradients off until disposed.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    /// <summary>Switches the recording of gradients on or off until disposed.</summary>
    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    /// <summary>Like <see cref="no_grad"/>, and tensors made inside can never take part in autograd.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceGuard(mode);

    /// <summary>Whether gradients are recorded on this thread.</summary>
    public static bool is_grad_enabled() => Native.pat_grad_mode() != 0;

    private sealed class GradMode : IDisposable
    {
        private readonly int previous;

        public GradMode(bool enabled)
        {
            previous = Native.pat_grad_mode();
            Native.pat_set_grad_mode(enabled ? 1 : 0);
        }

        public void Dispose() => Native.pat_set_grad_mode(previous);
    }

    private sealed class InferenceGuard : IDisposable
    {
        private nint guard;

        public InferenceGuard(bool enabled) => Native.Check(Native.pat_inference_guard_new(enabled ? 1 : 0, out guard));

        public void Dispose()
        {
            if (guard != 0)
            {
                Native.pat_inference_guard_free(guard);
                guard = 0;
            }
        }
    }
}
