using System.Runtime.InteropServices;

namespace PatFramework.Core.Native;

/// <summary>The entry points of libpat_kernels; pat_kernels.h documents each.</summary>
internal static unsafe partial class PatKernels
{
    private const string Library = "pat_kernels";

    /// <summary>The status of a call that found a label which is no class and not the ignored one.</summary>
    internal const int WrongLabelStatus = 2;

    /// <summary>The status of a call that found a label whose class the softmax leaves out.</summary>
    internal const int ImpossibleLabelStatus = 3;

    // The numbers of problem.h's enums, and of pat_region_loss.
    internal const int PlainAdjustment = 0;
    internal const int SeesawAdjustment = 1;
    internal const int VariedAdjustment = 2;
    internal const int EqualisedAdjustment = 3;
    internal const int ExponentialWeight = 1;
    internal const int FocalWeight = 2;
    internal const int InverseWeight = 3;
    internal const int GaussianNoise = 1;
    internal const int UniformNoise = 2;
    internal const int BernoulliNoise = 3;
    internal const int LogisticLink = 0;
    internal const int GumbelLink = 1;
    internal const int TverskyMeasure = 0;
    internal const int GeneralisedDiceMeasure = 1;
    internal const int LovaszMeasure = 2;
    internal const int ComplementForm = 0;
    internal const int LogarithmForm = 1;
    internal const int PowerForm = 2;

    /// <summary>The first wrong label, and its index in the labels, flat.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct WrongLabel
    {
        internal long Index;
        internal long Label;
    }

    /// <summary>pat_softmax_loss.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SoftmaxParameters
    {
        internal int Adjustment;
        internal int Weight;
        internal int Detached;
        internal int Reduction;
        internal int Noise;
        internal int Resolution;
        internal long Ignore;
        internal double Factor;
        internal double Scale;
        internal double Smoothing;
        internal double WeightParameter;
        internal double Mitigation;
        internal double Compensation;
        internal double LeastLog;
        internal double Spread;
        internal ulong Key;
        internal double* Shift;
        internal double* Margin;
        internal double* ClassWeights;
        internal long Classes;
        internal nint ShiftTensor;
    }

    /// <summary>pat_sigmoid_loss.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SigmoidParameters
    {
        internal int Link;
        internal int Reduction;
        internal int Resolution;
        internal long Ignore;
        internal double Factor;
        internal double* Shift;
        internal double* Negative;
        internal double* Positive;
        internal long Classes;
        internal nint NegativeTensor;
        internal nint PositiveTensor;
    }

    /// <summary>pat_region_loss.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RegionParameters
    {
        internal int Measure;
        internal int Form;
        internal int PresentOnly;
        internal long Ignore;
        internal double Factor;
        internal double FalsePositives;
        internal double FalseNegatives;
        internal double Smooth;
        internal double Exponent;
    }

    [LibraryImport(Library)]
    internal static partial int pat_softmax_loss_forward(
        in SoftmaxParameters loss,
        nint logits,
        nint labels,
        nint variation,
        out nint result,
        out WrongLabel wrong
    );

    [LibraryImport(Library)]
    internal static partial int pat_sigmoid_loss_forward(
        in SigmoidParameters loss,
        nint logits,
        nint labels,
        out nint result,
        out WrongLabel wrong
    );

    [LibraryImport(Library)]
    internal static partial int pat_region_loss_forward(
        in RegionParameters loss,
        nint logits,
        nint labels,
        out nint result,
        out WrongLabel wrong
    );

    [LibraryImport(Library)]
    internal static partial int pat_kernels_report(nint tensor, out WrongLabel wrong);

    [LibraryImport(Library)]
    internal static partial int pat_kernels_have_gpu_code();

    [LibraryImport(Library)]
    private static partial nint pat_kernels_isa();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int pat_kernels_use(string isa);

    /// <summary>The instruction set that the fused kernels use here: avx512, avx2, portable or emulated.</summary>
    internal static string InstructionSet => Marshal.PtrToStringUTF8(pat_kernels_isa()) ?? "";
}
