using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>Σ a_i L_i of other kernels, whatever they are made of; their states are its own.</summary>
public sealed class WeightedLoss : LossKernel
{
    private readonly IReadOnlyList<(double Factor, LossKernel Term)> terms;

    /// <summary>A sum of these terms.</summary>
    /// <param name="terms">Factors and kernels, at least one; the kernels belong to the sum.</param>
    /// <param name="ignore">The label that terms leave out which have none of their own.</param>
    public WeightedLoss(IReadOnlyList<(double Factor, LossKernel Term)> terms, long ignore)
        : base(nameof(WeightedLoss), ignore)
    {
        ArgumentNullException.ThrowIfNull(terms);
        if (terms.Count == 0)
        {
            throw new PatException("A weighted sum needs at least one loss, such as 0.5*ce + 0.5*dice.");
        }
        this.terms = terms;
        for (var i = 0; i < terms.Count; i++)
        {
            register_module(i.ToString(CultureInfo.InvariantCulture), terms[i].Term);
        }
    }

    /// <inheritdoc/>
    public override Upsampling Upsampling
    {
        get => base.Upsampling;
        set
        {
            base.Upsampling = value;
            foreach (var (_, term) in terms)
            {
                term.Upsampling = value;
            }
        }
    }

    private protected override string? Obstacle =>
        terms.Select(term => term.Term.ObstacleToCapture).FirstOrDefault(obstacle => obstacle is not null);

    /// <summary>Its terms do.</summary>
    protected override bool Upsamples => true;

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor logits, Tensor labels)
    {
        // Widened here and not in each term: gradients of bf16 logits would be rounded term by term and then cancel.
        var z = Widened(logits);
        var sum = terms[0].Term.call(z, labels) * terms[0].Factor;
        for (var i = 1; i < terms.Count; i++)
        {
            sum += terms[i].Term.call(z, labels) * terms[i].Factor;
        }
        return sum;
    }
}
