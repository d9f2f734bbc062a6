using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>Parameters that are updated together: all of them have had as many steps.</summary>
/// <param name="Parameters">The parameters.</param>
/// <param name="Gradients">Their gradients, with the parameters' strides.</param>
/// <param name="State">The optimizer's tensors, a list for each kind.</param>
/// <param name="Step">Their steps, this one included.</param>
internal sealed record ParameterList(Tensor[] Parameters, Tensor[] Gradients, Tensor[][] State, long Step);

/// <summary>An optimizer by operators that take lists of tensors; its state is written as TorchSharp's slice here writes it.</summary>
internal abstract class ListOptimizer : IStepOptimizer
{
    private readonly nn.Module _model;
    private readonly Parameter[] _parameters;
    private readonly Tensor[][] _states;
    private readonly long[] _steps;

    protected ListOptimizer(nn.Module model, double learningRate, int tensorsPerParameter)
    {
        (_model, _parameters, Rate, InitialRate) = (model, [.. model.parameters()], learningRate, learningRate);
        _steps = new long[_parameters.Length];
        _states =
        [
            .. Enumerable
                .Range(0, tensorsPerParameter)
                .Select(_ => _parameters.Select(parameter => zeros_like(parameter).DetachFromDisposeScope()).ToArray()),
        ];
    }

    public double LearningRate
    {
        set => Rate = value;
    }

    protected double Rate { get; private set; }

    private double InitialRate { get; set; }

    public void ClearGradients() => _model.zero_grad();

    public void Step()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var gradients = _parameters.Select(Gradients.Of).ToArray();
        var reached = Enumerable.Range(0, _parameters.Length).Where(index => gradients[index] is not null);
        foreach (var alike in reached.GroupBy(index => ++_steps[index]).ToArray())
        {
            var places = alike.ToArray();
            Update(
                new ParameterList(
                    [.. places.Select(index => _parameters[index])],
                    [.. places.Select(index => Laid(gradients[index]!, _parameters[index]))],
                    [.. _states.Select(kind => places.Select(index => kind[index]).ToArray())],
                    alike.Key
                )
            );
        }
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Rate);
        writer.Write(InitialRate);
        writer.Write(_parameters.Length);
        for (var index = 0; index < _parameters.Length; index++)
        {
            writer.Write(_steps[index]);
            writer.Write(_states.Length);
            foreach (var kind in _states)
            {
                using var local = kind[index].cpu();
                using var flat = local.contiguous();
                writer.Write(flat.bytes.Length);
                writer.Write(flat.bytes);
            }
        }
    }

    public void Load(BinaryReader reader)
    {
        (Rate, InitialRate) = (reader.ReadDouble(), reader.ReadDouble());
        Expect(reader.ReadInt32(), _parameters.Length, "parameters");
        for (var index = 0; index < _parameters.Length; index++)
        {
            _steps[index] = reader.ReadInt64();
            Expect(reader.ReadInt32(), _states.Length, "tensors for a parameter");
            foreach (var kind in _states)
            {
                var length = reader.ReadInt32();
                Expect(length, checked((int)(kind[index].numel() * sizeof(float))), "bytes in a tensor");
                kind[index].bytes = reader.ReadBytes(length);
            }
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _states.SelectMany(kind => kind))
        {
            tensor.Dispose();
        }
    }

    /// <summary>Changes parameters and state; in a dispose scope, without autograd.</summary>
    protected abstract void Update(ParameterList list);

    /// <summary>A gradient with its parameter's strides, which differ where a dimension has one element: lists must be laid out alike.</summary>
    private static Tensor Laid(Tensor gradient, Tensor parameter) =>
        gradient.stride().AsSpan().SequenceEqual(parameter.stride())
            ? gradient
            : gradient.contiguous().view(-1).view(parameter.shape);

    private static void Expect(int found, int expected, string what)
    {
        if (found != expected)
        {
            throw new InvalidDataException($"The optimizer state holds {found} {what} where {expected} are needed.");
        }
    }
}
