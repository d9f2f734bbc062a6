using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>An optimizer whose state can be saved: per parameter a step count and tensors of its shape.</summary>
public abstract class OptimizerHelper : optim.Optimizer
{
    private readonly State[] states;

    private protected OptimizerHelper(IEnumerable<Parameter> parameters, double lr, int tensorsPerParameter)
        : base(parameters, lr) =>
        states = [
            .. this.parameters()
                .Select(parameter => new State([
                    .. Enumerable
                        .Range(0, tensorsPerParameter)
                        .Select(_ => zeros_like(parameter).DetachFromDisposeScope()),
                ])),
        ];

    /// <summary>Writes learning rates, step counts and state tensors.</summary>
    public void save_state_dict(BinaryWriter writer)
    {
        foreach (var group in ParamGroups)
        {
            writer.Write(group.LearningRate);
            writer.Write(group.InitialLearningRate);
        }
        writer.Write(states.Length);
        foreach (var state in states)
        {
            writer.Write(state.Step);
            writer.Write(state.Tensors.Length);
            foreach (var tensor in state.Tensors)
            {
                using var local = tensor.cpu();
                using var flat = local.contiguous();
                writer.Write(flat.bytes.Length);
                writer.Write(flat.bytes);
            }
        }
    }

    /// <summary>Restores what <see cref="save_state_dict"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It was written for other parameters.</exception>
    public void load_state_dict(BinaryReader reader)
    {
        foreach (var group in ParamGroups)
        {
            group.LearningRate = reader.ReadDouble();
            group.InitialLearningRate = reader.ReadDouble();
        }
        Expect(reader.ReadInt32(), states.Length, "parameters");
        foreach (var state in states)
        {
            state.Step = reader.ReadInt64();
            Expect(reader.ReadInt32(), state.Tensors.Length, "tensors for a parameter");
            foreach (var tensor in state.Tensors)
            {
                var length = reader.ReadInt32();
                Expect(length, checked((int)(tensor.numel() * Tensor.ElementSize(tensor.dtype))), "bytes in a tensor");
                tensor.bytes = reader.ReadBytes(length);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var tensor in states.SelectMany(state => state.Tensors))
        {
            tensor.Dispose();
        }
        base.Dispose(disposing);
    }

    private protected sealed override void Update(int index, Parameter parameter, Tensor gradient)
    {
        states[index].Step++;
        Update(parameter, gradient, states[index].Step, states[index].Tensors);
    }

    private protected abstract void Update(Parameter parameter, Tensor gradient, long step, Tensor[] state);

    private static void Expect(int found, int expected, string what)
    {
        if (found != expected)
        {
            throw new InvalidDataException($"The optimizer state holds {found} {what} where {expected} are needed.");
        }
    }

    private sealed class State(Tensor[] tensors)
    {
        public long Step { get; set; }

        public Tensor[] Tensors => tensors;
    }
}
