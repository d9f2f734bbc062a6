using System;
using PatFramework.Core.Native;

namespace PatFramework.Core.Training;

/// <summary>A CUDA graph by libtorch, on a stream of its own of the first device.</summary>
internal sealed class CudaGraph : IStepGraph
{
    private nint _handle;

    /// <exception cref="PatException">libpat_torch was built without CUDA's headers, or with others than libtorch.</exception>
    public CudaGraph()
    {
        if (PatTorch.pat_graph_new(-1, out _handle) != 0)
        {
            throw new PatException($"--cuda-graph: {PatTorch.LastError}.");
        }
    }

    public IDisposable Enter()
    {
        PatTorch.Check(PatTorch.pat_graph_enter(_handle));
        return new Entered(this);
    }

    public void Capture(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            PatTorch.Check(PatTorch.pat_graph_capture_begin(_handle));
            Exception? failure = null;
            try
            {
                work();
            }
            catch (Exception found)
            {
                failure = found;
                throw;
            }
            finally
            {
                // Ended in any case: nothing else can be done on the device before. After a failure its own message counts.
                var status = PatTorch.pat_graph_capture_end(_handle);
                PatTorch.Check(failure is null ? status : 0);
            }
        }
        catch (Exception failure) when (failure is not PatException && !OutOfMemory.Is(failure))
        {
            var reason = failure.Message.Split('\n')[0].TrimEnd('.');
            throw new PatException(
                $"The step can't be captured as a CUDA graph ({reason}): leave --cuda-graph out.",
                failure
            );
        }
    }

    public void Replay() => PatTorch.Check(PatTorch.pat_graph_replay(_handle));

    public void Dispose()
    {
        PatTorch.pat_graph_free(_handle);
        _handle = 0;
    }

    private sealed class Entered(CudaGraph graph) : IDisposable
    {
        public void Dispose() => PatTorch.Check(PatTorch.pat_graph_leave(graph._handle));
    }
}
