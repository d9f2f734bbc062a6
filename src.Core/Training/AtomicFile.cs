using System;
using System.IO;
using System.Runtime.InteropServices;

namespace PatFramework.Core.Training;

/// <summary>Files that are either wholly written or not at all.</summary>
public static partial class AtomicFile
{
    private const int DirectoryReadOnly = 0x10000;

    /// <summary>
    /// Writes into a temporary file beside the target, forces it to the disk and renames it over the target; an older file
    /// survives any failure, and the temporary file doesn't.
    /// </summary>
    /// <param name="path">The target; its directory is made if it isn't there.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="PatException">A full disk, a missing permission, a path that is a directory: says which and what to do.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var target = Path.GetFullPath(path);
        if (Directory.Exists(target) || Path.GetDirectoryName(target) is not { } directory)
        {
            throw new PatException($"{path} is a directory; give the name of a file.");
        }
        var temporary = Path.Combine(directory, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(directory);
            using (
                var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16)
            )
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, target, overwrite: true);
            FlushDirectory(directory);
        }
        catch (Exception failure) when (IsOfTheDisk(failure))
        {
            throw new PatException(
                $"{path} could not be written ({failure.Message.TrimEnd('.')}); an older file of that name is unchanged: free "
                    + "some space, or choose a place that can be written to.",
                failure
            );
        }
        finally
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }
    }

    /// <summary>Whether a write failed for the disk's reasons; a file beyond what disk or quota allow is an argument out of range to .NET.</summary>
    internal static bool IsOfTheDisk(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>Makes the rename itself last through a power cut; where the system can't, the rename is still atomic.</summary>
    private static void FlushDirectory(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        var descriptor = Open(directory, DirectoryReadOnly);
        if (descriptor >= 0)
        {
            _ = Flush(descriptor);
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
