using System;
using System.IO;
using System.Linq;

namespace PatFramework.Core.Training;

/// <summary>The folder of a run: where each of its files lies, and the lock of the one process that may write there.</summary>
public sealed class RunFolder : IDisposable
{
    private const string LockName = "run.lock";
    private readonly FileStream? _lock;

    private RunFolder(string root, FileStream? held)
    {
        Root = root;
        _lock = held;
    }

    /// <summary>The folder itself.</summary>
    public string Root { get; }

    /// <summary>Everything needed to repeat the run, a <see cref="TrainingConfig"/>.</summary>
    public string Config => In("config.json");

    /// <summary>A line of JSON per epoch, an <see cref="EpochMetrics"/>.</summary>
    public string Metrics => In("metrics.jsonl");

    /// <summary>The same as a table of comma-separated values.</summary>
    public string MetricsTable => In("metrics.csv");

    /// <summary>The weights of the last epoch, or of the step the run was interrupted after.</summary>
    public string LastWeights => In("last.safetensors");

    /// <summary>The weights of the epoch with the best validation mIoU.</summary>
    public string BestWeights => In("best.safetensors");

    /// <summary>The moving average of the weights, where the weights themselves are validated.</summary>
    public string AverageWeights => In("average.safetensors");

    /// <summary>How often each class occurs in the training split.</summary>
    public string ClassStatistics => In("class-statistics.json");

    /// <summary>Which classes each training image shows; only where the sampling asks for it.</summary>
    public string ClassPresence => In("class-presence.json");

    /// <summary>The names of the training samples that could not be read and that others took the place of.</summary>
    public string SkippedSamples => In("skipped-samples.json");

    /// <summary>What the weights of a compared run score image by image, a <see cref="RunEvaluation"/>.</summary>
    public string Evaluation => In("evaluation.json");

    /// <summary>The checkpoints that <c>--resume</c> continues from.</summary>
    public string State => In("state");

    private string Lock => In(LockName);

    /// <summary>Makes the folder of a new run and takes its lock.</summary>
    /// <exception cref="PatException">The folder holds something already, or another process writes there.</exception>
    public static RunFolder Create(string path)
    {
        var folder = Take(path);
        folder.ClearHalfWritten(".config.json.*.tmp");
        if (Directory.EnumerateFileSystemEntries(folder.Root).All(entry => entry == folder.Lock))
        {
            return folder;
        }
        var held = File.Exists(folder.Config) ? "a run" : "other files";
        folder.Dispose();
        throw new PatException(
            held == "a run"
                ? $"{path} holds a run already: continue it with --resume, or give another --out."
                : $"{path} is not empty and holds no run: give another --out."
        );
    }

    /// <summary>Opens the folder of a run to continue it, takes its lock and clears what a crash left half written.</summary>
    /// <exception cref="PatException">There is no run in it, or another process writes there.</exception>
    public static RunFolder Resume(string path)
    {
        _ = Open(path);
        var folder = Take(path);
        folder.ClearHalfWritten(".*.tmp");
        return folder;
    }

    /// <summary>Opens the folder of a run to read its configuration and weights; takes no lock.</summary>
    /// <exception cref="PatException">There is no run in it.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(Path.GetFullPath(path), null);
        return File.Exists(folder.Config)
            ? folder
            : throw new PatException(
                $"{path} holds no run (it has no config.json): train one with pat train --out {path}."
            );
    }

    /// <summary>Whether a process trains in this folder at the moment.</summary>
    public static bool IsInUse(string path)
    {
        var file = Path.Combine(path, LockName);
        if (!File.Exists(file))
        {
            return false;
        }
        try
        {
            OpenLock(file).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => _lock?.Dispose();

    /// <summary>Removes what <see cref="AtomicFile"/> was writing when the process ended.</summary>
    private void ClearHalfWritten(string pattern)
    {
        foreach (var halfWritten in Directory.EnumerateFiles(Root, pattern).ToList())
        {
            File.Delete(halfWritten);
        }
    }

    private static RunFolder Take(string path)
    {
        var root = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(root);
            var file = Path.Combine(root, LockName);
            return new RunFolder(root, OpenLock(file));
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new PatException($"{path} can't be written to: give an --out that you may write to.", failure);
        }
        catch (IOException failure)
        {
            throw new PatException(
                File.Exists(Path.Combine(root, LockName))
                    ? $"Another process is training in {path}: wait until it ends, or give another --out."
                    : $"{path} can't be made a folder ({failure.Message}): give another --out.",
                failure
            );
        }
    }

    /// <summary>An advisory lock that the system drops with the process, however it ends.</summary>
    private static FileStream OpenLock(string file) =>
        new(
            file,
            new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                Options = FileOptions.DeleteOnClose,
            }
        );

    private string In(string name) => Path.Combine(Root, name);
}
