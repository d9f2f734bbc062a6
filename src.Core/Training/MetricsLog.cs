using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace PatFramework.Core.Training;

/// <summary>The file <c>metrics.jsonl</c>: a line per completed epoch, none twice and none by halves.</summary>
public static class MetricsLog
{
    /// <summary>Reads the lines; a line that a crash cut short is left out.</summary>
    public static IReadOnlyList<EpochMetrics> Read(string path) =>
        File.Exists(path) ? [.. File.ReadLines(path).Select(TryParse).OfType<EpochMetrics>()] : [];

    /// <summary>Writes the file anew, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="epochs">Its lines, in order.</param>
    public static void Write(string path, IEnumerable<EpochMetrics> epochs)
    {
        var text = string.Concat(epochs.Select(epoch => RunJson.Line(epoch) + "\n"));
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    private static EpochMetrics? TryParse(string line)
    {
        try
        {
            return RunJson.Parse<EpochMetrics>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
