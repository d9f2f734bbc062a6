using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace PatFramework.Core.Data;

/// <summary>What lies in a directory, and the errors about what should.</summary>
internal static class Layout
{
    /// <summary>The names of the visible directories in a directory, in ordinal order; none where it does not exist.</summary>
    public static IReadOnlyList<string> Directories(string directory) =>
        Directory.Exists(directory)
            ?
            [
                .. Directory
                    .EnumerateDirectories(directory)
                    .Select(path => Path.GetFileName(path))
                    .Where(name => !name.StartsWith('.'))
                    .Order(StringComparer.Ordinal),
            ]
            : [];

    /// <summary>Stops unless every one of these directories exists.</summary>
    /// <exception cref="PatException">One is missing; the message says what was found instead and where it comes from.</exception>
    public static void Require(string directory, string kind, string expected, params ReadOnlySpan<string> parts)
    {
        foreach (var part in parts)
        {
            if (!Directory.Exists(Path.Combine(directory, part)))
            {
                throw new PatException(
                    $"{directory} is not {kind} directory: {part}/ is missing; expected {expected}, found {Contents(directory)}."
                );
            }
        }
    }

    /// <summary>Stops unless the split is one of those there are.</summary>
    /// <exception cref="PatException">It is not; the message lists them.</exception>
    public static void RequireSplit(string directory, string split, IReadOnlyList<string> splits)
    {
        if (!splits.Contains(split))
        {
            var there = splits.Count == 0 ? "none" : string.Join(", ", splits);
            throw new PatException($"{directory} has no split '{split}': it has {there}.");
        }
    }

    /// <summary>The first entries of a directory, for a message.</summary>
    public static string Contents(string directory)
    {
        const int shown = 6;
        if (!Directory.Exists(directory))
        {
            return File.Exists(directory) ? "a file" : "no such directory";
        }
        var names = Directory
            .EnumerateFileSystemEntries(directory)
            .Select(path => Path.GetFileName(path) + (Directory.Exists(path) ? "/" : ""))
            .Order(StringComparer.Ordinal)
            .ToList();
        return names.Count == 0
            ? "nothing"
            : string.Join(", ", names.Take(shown)) + (names.Count > shown ? $" and {names.Count - shown} more" : "");
    }
}
