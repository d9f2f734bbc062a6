using System;
using System.Linq;
using System.Text.RegularExpressions;

namespace PatFramework.Core.Training;

/// <summary>A device that has no memory left, told with what helps.</summary>
internal static partial class OutOfMemory
{
    private static readonly string[] Signs =
    [
        "CUDA out of memory",
        "CUDA error: out of memory",
        "CUBLAS_STATUS_ALLOC_FAILED",
        "CUDNN_STATUS_ALLOC_FAILED",
        "DefaultCPUAllocator: can't allocate memory",
        "DefaultCPUAllocator: not enough memory",
    ];

    /// <summary>Whether a failure is libtorch's, for want of memory.</summary>
    public static bool Is(Exception failure) =>
        failure is not PatException && Signs.Any(sign => failure.Message.Contains(sign, StringComparison.Ordinal));

    /// <summary>The sentence for such a failure.</summary>
    /// <param name="failure">What libtorch threw.</param>
    /// <param name="config">The configuration that needed too much.</param>
    /// <param name="goesOn">How the run goes on; null where nothing is kept.</param>
    public static PatException Explained(Exception failure, TrainingConfig config, string? goesOn)
    {
        var message = failure.Message;
        var place = message.Contains("DefaultCPUAllocator", StringComparison.Ordinal) ? "The processor" : "The GPU";
        string?[] facts = [Part(Wanted(), message, "{0} more were asked for"), Part(Held(), message, "{0} were held")];
        var known = string.Join(", ", facts.OfType<string>());
        string?[] advice =
        [
            config.BatchSize > 1
                ? $"lower --batch ({config.BatchSize}) and raise --accumulate ({config.Accumulate}) as much"
                : null,
            $"lower --size ({config.Size})",
            config.Precision == Precision.Float32 ? "take --precision bf16" : null,
        ];
        return new PatException(
            $"{place} has too little memory for this run{(known == "" ? "" : $" ({known})")}: "
                + $"{string.Join(", or ", advice.OfType<string>())}, which is another run with another --out."
                + (goesOn is null ? "" : " " + goesOn),
            failure
        );
    }

    private static string? Part(Regex pattern, string message, string sentence) =>
        pattern.Match(message) is { Success: true } found ? string.Format(null, sentence, found.Groups[1].Value) : null;

    [GeneratedRegex(@"[Tt]ried to allocate ([\d.]+ (?:[KMGT]iB|bytes))")]
    private static partial Regex Wanted();

    /// <summary>What PyTorch's allocator held: libtorch 1.13's words, and those of 2.x.</summary>
    [GeneratedRegex(@"([\d.]+ (?:[KMGT]iB|bytes)) (?:already allocated|is allocated by PyTorch)")]
    private static partial Regex Held();
}
