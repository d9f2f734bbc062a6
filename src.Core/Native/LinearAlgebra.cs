using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace PatFramework.Core.Native;

/// <summary>The libraries that may stand behind libtorch's matrix products.</summary>
public enum BlasKind
{
    /// <summary>OpenBLAS: fast.</summary>
    OpenBlas,

    /// <summary>Intel's Math Kernel Library: fast.</summary>
    Mkl,

    /// <summary>BLIS: fast.</summary>
    Blis,

    /// <summary>ATLAS.</summary>
    Atlas,

    /// <summary>Netlib's reference implementation: one thread, tens of times slower.</summary>
    Reference,

    /// <summary>None of these was recognised.</summary>
    Unknown,
}

/// <summary>The BLAS that this process really uses.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">The library's file; empty when it is part of libtorch.</param>
public sealed record LinearAlgebra(BlasKind Kind, string Path)
{
    /// <summary>What to do about it; null when nothing need be done.</summary>
    public string? Advice =>
        Kind == BlasKind.Reference
            ? $"The BLAS is Netlib's reference one ({Path}), tens of times slower than OpenBLAS: install the package libopenblas0-pthread."
            : null;

    /// <summary>Finds the library among the files mapped into this process; libtorch must be loaded.</summary>
    /// <param name="mappedFiles">The files mapped into the process.</param>
    /// <param name="torchConfig">libtorch's own account of how it was built.</param>
    public static LinearAlgebra Of(IEnumerable<string> mappedFiles, string torchConfig)
    {
        var files = mappedFiles.ToList();
        // libtorch calls libblas.so.3 where it is linked to one; another OpenBLAS in the process may be someone else's.
        var path =
            files.FirstOrDefault(file => IsNamed(file, "libblas.so"))
            ?? files.FirstOrDefault(file => IsNamed(file, "libopenblas") || IsNamed(file, "libmkl_rt"));
        return path is not null ? new LinearAlgebra(KindOf(path), path) : new LinearAlgebra(BuiltIn(torchConfig), "");
    }

    private static BlasKind KindOf(string path) =>
        path switch
        {
            _ when Mentions(path, "openblas") => BlasKind.OpenBlas,
            _ when Mentions(path, "mkl") => BlasKind.Mkl,
            _ when Mentions(path, "blis") => BlasKind.Blis,
            _ when Mentions(path, "atlas") => BlasKind.Atlas,
            _ when IsNamed(path, "libblas.so") => BlasKind.Reference,
            _ => BlasKind.Unknown,
        };

    private static BlasKind BuiltIn(string torchConfig) =>
        Mentions(torchConfig, "BLAS_INFO=mkl") || Mentions(torchConfig, "Math Kernel Library") ? BlasKind.Mkl
        : Mentions(torchConfig, "BLAS_INFO=open") ? BlasKind.OpenBlas
        : BlasKind.Unknown;

    private static bool Mentions(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static bool IsNamed(string path, string start) =>
        System.IO.Path.GetFileName(path).StartsWith(start, StringComparison.Ordinal);

    /// <summary>The files mapped into this process, from <c>/proc/self/maps</c>; none where there is no such file.</summary>
    internal static IReadOnlyList<string> MappedFiles()
    {
        const string maps = "/proc/self/maps";
        return File.Exists(maps)
            ?
            [
                .. File.ReadLines(maps)
                    .Select(line => line.IndexOf('/') is var at and >= 0 ? line[at..] : "")
                    .Distinct(),
            ]
            : [];
    }
}
