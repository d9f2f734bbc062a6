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
internal abstract class ListOptimizer : ICapturableOptimizer
{
    private readonly nn.Module _model;
    private readonly Parameter[] _parameters;
    private readonly Tensor[][] _states;
    private readonly long[] _steps;
    private readonly bool _keepsGradients;
    private Tensor? _held;

    /// <param name="model">What is trained.</param>
    /// <param name="config">The rate to begin with, and whether steps are captured.</param>
    /// <param name="tensorsPerParameter">The tensors of an optimizer's state for each parameter.</param>
    protected ListOptimizer(nn.Module model, TrainingConfig config, int tensorsPerParameter)
    {
        var learningRate = config.LearningRate;
        _keepsGradients = config.CudaGraph;
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

    public void ClearGradients()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor[] gradients = _keepsGradients ? [.. _parameters.Select(Gradients.Of).OfType<Tensor>()] : [];
        if (gradients.Length == 0)
        {
            _model.zero_grad();
        }
        else
        {
            // A captured step adds to the gradients where they were when it was captured.
            Foreach.Clear(gradients);
        }
    }

    public void Step()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        foreach (var alike in Reached().GroupBy(index => ++_steps[index]).ToArray())
        {
            Update(ListOf([.. alike]), [.. Numbers(alike.Key).Select(number => (StepNumber)number)]);
        }
    }

    public void Prepare()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        long[] counts = [.. Reached().Select(index => ++_steps[index]).Distinct()];
        if (counts.Length != 1)
        {
            throw new PatException(
                $"A captured step updates all weights alike, and they have had {string.Join(" or ", counts)} steps: leave --cuda-graph out."
            );
        }
        float[] numbers = [.. Numbers(counts[0]).Select(number => (float)number)];
        var device = _parameters[0].device;
        _held ??= zeros([numbers.Length], ScalarType.Float32, device).DetachFromDisposeScope();
        _held.copy_(tensor(numbers, [numbers.Length], device: device));
    }

    public void StepPrepared()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var held = _held ?? throw new InvalidOperationException("The step was not prepared.");
        StepNumber[] numbers =
        [
            .. Enumerable.Range(0, (int)held.shape[0]).Select(i => new StepNumber(0, held.select(0, i))),
        ];
        Update(ListOf([.. Reached()]), numbers);
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
        _held?.Dispose();
        foreach (var tensor in _states.SelectMany(kind => kind))
        {
            tensor.Dispose();
        }
    }

    /// <summary>What an update multiplies and divides by at a step, counted from 1, for the present rate.</summary>
    protected abstract double[] Numbers(long step);

    /// <summary>Changes parameters and state; in a dispose scope, without autograd.</summary>
    /// <param name="list">The parameters, all of which have had as many steps.</param>
    /// <param name="numbers">What <see cref="Numbers"/> gives for them.</param>
    protected abstract void Update(ParameterList list, StepNumber[] numbers);

    /// <summary>The places of the parameters that have a gradient.</summary>
    private IEnumerable<int> Reached() =>
        Enumerable.Range(0, _parameters.Length).Where(index => Gradients.Of(_parameters[index]) is not null);

    private ParameterList ListOf(int[] places) =>
        new(
            [.. places.Select(index => _parameters[index])],
            [.. places.Select(index => Laid(Gradients.Of(_parameters[index])!, _parameters[index]))],
            [.. _states.Select(kind => places.Select(index => kind[index]).ToArray())],
            _steps[places[0]]
        );

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
