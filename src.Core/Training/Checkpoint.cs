using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security.Cryptography;

namespace PatFramework.Core.Training;

/// <summary>A saved state of a run. Its record is written after its tensors: without the record there is no checkpoint.</summary>
/// <param name="Format">The version of this record; 1.</param>
/// <param name="Position">How far the run had come.</param>
/// <param name="Config">The run's configuration.</param>
/// <param name="Sha256">The SHA-256 of the tensor file, in hexadecimal.</param>
public sealed record Checkpoint(int Format, TrainingPosition Position, TrainingConfig Config, string Sha256)
{
    /// <summary>The version that this build writes and reads.</summary>
    public const int CurrentFormat = 1;
}

/// <summary>The checkpoints of a run: the last two, each whole or absent.</summary>
/// <param name="folder">The folder they lie in.</param>
internal sealed class CheckpointStore(string folder)
{
    private const int Kept = 2;
    private const string Prefix = "step-";

    /// <summary>Saves a state; whatever fails, the checkpoints before it stay as they are.</summary>
    public void Save(TrainingState state, TrainingPosition position, TrainingConfig config)
    {
        var name = NameOf(position);
        var tensors = TensorsOf(name);
        var record = RecordOf(name);
        state.Write(tensors);
        RunJson.WriteFile(record, new Checkpoint(Checkpoint.CurrentFormat, position, config, HashOf(tensors)));
        RemoveAllBut(Names().Where(other => string.CompareOrdinal(other, name) <= 0).Take(Kept));
    }

    /// <summary>Clears older checkpoints, damaged ones that a continuation went back behind, and what a crash left half written.</summary>
    private void RemoveAllBut(IEnumerable<string> names)
    {
        var kept = names.SelectMany(name => new[] { RecordOf(name), TensorsOf(name) }).ToHashSet();
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => !kept.Contains(file)).ToList())
        {
            File.Delete(file);
        }
    }

    /// <summary>The newest checkpoint that is whole, with the file of its tensors; null when none was ever written.</summary>
    /// <param name="warn">Told of each damaged checkpoint that was passed over.</param>
    /// <exception cref="PatException">There are checkpoints and each of them is damaged.</exception>
    public (Checkpoint Checkpoint, string Tensors)? Latest(Action<string> warn)
    {
        var names = Names();
        var damage = new List<string>();
        foreach (var name in names)
        {
            if (TryRead(name, out var checkpoint) is not { } reason)
            {
                damage.ForEach(warn);
                return (checkpoint!, TensorsOf(name));
            }
            damage.Add($"The checkpoint {RecordOf(name)} is damaged ({reason}), so the one before it is used.");
        }
        return names.Count == 0
            ? null
            : throw new PatException(
                $"Every checkpoint in {folder} is damaged: start the run anew with another --out (last.safetensors still holds weights)."
            );
    }

    /// <summary>Reads a checkpoint's record and checks its tensors; the reason why it can't be used, or null.</summary>
    private string? TryRead(string name, out Checkpoint? checkpoint)
    {
        checkpoint = null;
        try
        {
            var read = RunJson.ReadFile<Checkpoint>(RecordOf(name));
            if (read.Format != Checkpoint.CurrentFormat)
            {
                return $"its format is {read.Format} and this build reads {Checkpoint.CurrentFormat}";
            }
            if (!File.Exists(TensorsOf(name)))
            {
                return "its tensor file is missing";
            }
            if (HashOf(TensorsOf(name)) != read.Sha256)
            {
                return "its tensor file does not have the recorded SHA-256";
            }
            checkpoint = read;
            return null;
        }
        catch (PatException failure)
        {
            return failure.Message;
        }
    }

    /// <summary>The names of the checkpoints with a record, newest first.</summary>
    private List<string> Names() =>
        Directory.Exists(folder)
            ?
            [
                .. Directory
                    .EnumerateFiles(folder, Prefix + "*.json")
                    .Select(file => Path.GetFileNameWithoutExtension(file)!)
                    .OrderDescending(StringComparer.Ordinal),
            ]
            : [];

    private string RecordOf(string name) => Path.Combine(folder, name + ".json");

    private string TensorsOf(string name) => Path.Combine(folder, name + ".safetensors");

    /// <summary>Sorts by step; the end of an epoch comes after the same step before its validation.</summary>
    private static string NameOf(TrainingPosition position) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{position.Step:D10}-epoch-{position.Epoch:D6}");

    private static string HashOf(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
