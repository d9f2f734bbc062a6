using System;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Native;

/// <summary>A part of a network whose intermediate values are computed again in the backward pass instead of kept.</summary>
/// <remarks>
/// The backward pass runs the same operators on the same values, in the autocast region of the forward pass, so gradients
/// are the same bit for bit. Running statistics are updated by the forward pass only. What the block computes must be a
/// function of its inputs, parameters and buffers: no dropout inside.
/// </remarks>
internal sealed class RecomputedBlock
{
    private readonly Func<Tensor[], Tensor> _body;
    private readonly Device? _autocast;

    private RecomputedBlock(Func<Tensor[], Tensor> body, Device? autocast) => (_body, _autocast) = (body, autocast);

    /// <summary>Computes the body now, without keeping what its backward pass needs.</summary>
    /// <param name="body">From inputs to one output; runs a second time in the backward pass.</param>
    /// <param name="owners">The modules whose parameters and buffers the body uses.</param>
    /// <param name="inputs">What the body is given.</param>
    public static unsafe Tensor Run(Func<Tensor[], Tensor> body, nn.Module[] owners, Tensor[] inputs)
    {
        var device = inputs[0].device;
        var block = new RecomputedBlock(body, Autocast.IsEnabled(device) ? device : null);
        var parameters = owners.SelectMany(owner => owner.parameters()).Select(value => value.Handle).ToArray();
        var buffers = owners.SelectMany(owner => owner.buffers()).Select(value => value.Handle).ToArray();
        var handles = inputs.Select(input => input.Handle).ToArray();
        PatTorch.Check(
            PatTorch.pat_recompute(
                &Compute,
                &Release,
                GCHandle.ToIntPtr(GCHandle.Alloc(block)),
                handles,
                handles.Length,
                parameters,
                parameters.Length,
                buffers,
                buffers.Length,
                out var output
            )
        );
        GC.KeepAlive(inputs);
        GC.KeepAlive(owners);
        return Tensor.UnsafeCreateTensor(output);
    }

    [UnmanagedCallersOnly]
    private static unsafe int Compute(nint context, nint* inputs, int count, nint output, byte* message, int room)
    {
        try
        {
            using var scope = NewDisposeScope();
            var values = new Tensor[count];
            for (var i = 0; i < count; i++)
            {
                values[i] = Tensor.UnsafeCreateTensor(inputs[i]);
            }
            var block = (RecomputedBlock)GCHandle.FromIntPtr(context).Target!;
            using var region = block._autocast is { } device ? Autocast.BFloat16(device) : null;
            PatTorch.Check(PatTorch.pat_tensor_assign(output, block._body(values).Handle));
            return 0;
        }
        catch (Exception failure)
        {
            var text = Encoding.UTF8.GetBytes(failure.Message);
            var length = Math.Min(text.Length, room - 1);
            text.AsSpan(0, length).CopyTo(new Span<byte>(message, room));
            message[length] = 0;
            return 1;
        }
    }

    [UnmanagedCallersOnly]
    private static void Release(nint context) => GCHandle.FromIntPtr(context).Free();
}
