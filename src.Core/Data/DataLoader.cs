using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using static TorchSharp.torch;

namespace PatFramework.Core.Data;

/// <summary>
/// Cuts a data set into batches, decoding ahead on worker threads. The batches are a function of the seed and the epoch;
/// neither the number of workers nor where one starts changes them. Workers make only byte arrays: the tensors are made on the
/// thread that takes the batch, in its dispose scope.
/// </summary>
public sealed class DataLoader
{
    private readonly ISegmentationDataset dataset;
    private readonly LoaderOptions options;

    /// <summary>A loader over a whole data set.</summary>
    /// <exception cref="PatException">An option is below one, or there are too few samples for one batch.</exception>
    public DataLoader(ISegmentationDataset dataset, LoaderOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        if (options.BatchSize < 1 || options.Workers < 1 || options.QueueLength < 1)
        {
            throw new PatException(
                $"A loader needs a batch size, workers and a queue of at least 1; received {options.BatchSize}, {options.Workers} and {options.QueueLength}."
            );
        }
        (this.dataset, this.options) = (dataset, options);
        if (BatchesPerEpoch == 0)
        {
            throw new PatException(
                $"{dataset.Name} has {dataset.Count} samples, too few for a batch of {options.BatchSize}: use a smaller batch."
            );
        }
    }

    /// <summary>Batches in an epoch.</summary>
    public int BatchesPerEpoch =>
        options.DropLast
            ? dataset.Count / options.BatchSize
            : (dataset.Count + options.BatchSize - 1) / options.BatchSize;

    /// <summary>The order in which an epoch visits the samples.</summary>
    public IReadOnlyList<int> Order(int epoch)
    {
        if (options.Order is { } given)
        {
            return given(epoch);
        }
        var order = Enumerable.Range(0, dataset.Count).ToArray();
        if (options.Shuffle)
        {
            new DeterministicRandom(options.Seed, (ulong)epoch).Shuffle(order.AsSpan());
        }
        return order;
    }

    /// <summary>The batches of an epoch; leaving the enumeration early stops the workers.</summary>
    /// <param name="epoch">The epoch, which picks the order.</param>
    /// <param name="firstBatch">The batch to start at, to go on in the middle of an epoch.</param>
    /// <exception cref="PatException">A sample cannot be read; the message names its file.</exception>
    public IEnumerable<Batch> Epoch(int epoch, int firstBatch = 0)
    {
        var order = Order(epoch);
        var end = Math.Min(order.Count, BatchesPerEpoch * options.BatchSize);
        using var reader = new ReadAhead(dataset, options, order, firstBatch * options.BatchSize, end);
        for (var start = firstBatch * options.BatchSize; start < end; start += options.BatchSize)
        {
            yield return Stack(reader.Take(Math.Min(options.BatchSize, end - start)));
        }
    }

    private Batch Stack(DecodedSample[] samples)
    {
        var (height, width) = (options.Size.Height, options.Size.Width);
        var pixels = options.Size.Pixels;
        var rgb = new byte[samples.Length * pixels * 3];
        var labels = new byte[samples.Length * pixels];
        for (var index = 0; index < samples.Length; index++)
        {
            samples[index].Rgb.CopyTo(rgb, index * pixels * 3);
            samples[index].Labels.CopyTo(labels, index * pixels);
        }
        using var interleaved = tensor(rgb, [samples.Length, height, width, 3], device: options.Device);
        using var planar = interleaved.permute(0, 3, 1, 2);
        using var small = tensor(labels, [samples.Length, height, width], device: options.Device);
        return new Batch(planar.contiguous(), small.to_type(ScalarType.Int64), [.. samples.Select(item => item.Name)]);
    }

    /// <summary>Reads samples on at most Workers threads of the pool, at most QueueLength batches ahead, and gives them back in order.</summary>
    private sealed class ReadAhead(
        ISegmentationDataset dataset,
        LoaderOptions options,
        IReadOnlyList<int> order,
        int first,
        int end
    ) : IDisposable
    {
        private readonly TaskScheduler scheduler = new ConcurrentExclusiveSchedulerPair(
            TaskScheduler.Default,
            options.Workers
        ).ConcurrentScheduler;
        private readonly CancellationTokenSource cancellation = new();
        private readonly Queue<Task<DecodedSample>> pending = new();
        private int next = first;

        public DecodedSample[] Take(int count)
        {
            var samples = new DecodedSample[count];
            for (var index = 0; index < count; index++)
            {
                Start();
                samples[index] = pending.Dequeue().GetAwaiter().GetResult();
            }
            Start();
            return samples;
        }

        public void Dispose()
        {
            cancellation.Cancel();
            foreach (var task in pending)
            {
                ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
                _ = task.Exception;
            }
            cancellation.Dispose();
        }

        private void Start()
        {
            while (next < end && pending.Count < options.QueueLength * options.BatchSize)
            {
                var index = order[next++];
                pending.Enqueue(
                    Task.Factory.StartNew(
                        () => Read(index),
                        cancellation.Token,
                        TaskCreationOptions.DenyChildAttach,
                        scheduler
                    )
                );
            }
        }

        private DecodedSample Read(int index)
        {
            try
            {
                return dataset.Read(index, options.Size);
            }
            catch (Exception failure) when (failure is not PatException)
            {
                throw new InvalidOperationException(
                    $"Reading sample {dataset.SampleName(index)} of {dataset.Name} failed: {failure.Message}",
                    failure
                );
            }
        }
    }
}
