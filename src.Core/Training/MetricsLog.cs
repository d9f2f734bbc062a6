using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PatFramework.Core.Training;

/// <summary>The files <c>metrics.jsonl</c> and <c>metrics.csv</c>: a line per completed epoch, none twice and none by halves.</summary>
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

    /// <summary>
    /// Writes the same as a table: a column for each number, those inside others with both names (<c>ioU/road</c>, <c>time/loss</c>).
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="epochs">Its rows, in order.</param>
    public static void WriteTable(string path, IEnumerable<EpochMetrics> epochs)
    {
        var rows = epochs.Select(epoch => Cells(RunJson.ToObject(epoch)).ToDictionary()).ToList();
        var columns = rows.SelectMany(row => row.Keys).Distinct().ToList();
        var lines = rows.Select(row => columns.Select(column => row.GetValueOrDefault(column, ""))).Prepend(columns);
        var text = string.Concat(lines.Select(line => string.Join(',', line.Select(Quoted)) + "\n"));
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    private static IEnumerable<KeyValuePair<string, string>> Cells(JsonObject values, string prefix = "") =>
        values.SelectMany(field =>
            field.Value is JsonObject inner
                ? Cells(inner, $"{prefix}{field.Key}/")
                : [new KeyValuePair<string, string>(prefix + field.Key, field.Value?.ToString() ?? "")]
        );

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(',', '"', '\n') ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;

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
