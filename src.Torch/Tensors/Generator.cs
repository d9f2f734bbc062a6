using System;
using TorchSharp.Bridge;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers with a state of its own.</summary>
    public sealed class Generator : IDisposable
    {
        /// <summary>Makes a generator with a seed.</summary>
        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            Native.Check(Native.pat_generator_new(seed, (int)this.device.type, this.device.index, out var handle));
            Handle = handle;
        }

        private Generator(nint handle)
        {
            Handle = handle;
            device = CPU;
        }

        /// <summary>Frees the native generator if nobody disposed it.</summary>
        ~Generator() => Free();

        /// <summary>The CPU's default generator.</summary>
        public static Generator Default
        {
            get
            {
                Native.Check(Native.pat_generator_default((int)DeviceType.CPU, -1, out var handle));
                return new Generator(handle);
            }
        }

        /// <summary>The <c>at::Generator*</c>.</summary>
        public nint Handle { get; private set; }

        /// <summary>The device that it draws on.</summary>
        public Device device { get; }

        /// <summary>Sets the seed.</summary>
        public Generator manual_seed(long seed)
        {
            Native.Check(Native.pat_generator_seed(Handle, (ulong)seed));
            return this;
        }

        /// <summary>The seed that was set last.</summary>
        public long initial_seed()
        {
            Native.Check(Native.pat_generator_initial_seed(Handle, out var seed));
            return (long)seed;
        }

        /// <summary>The state as a tensor of bytes.</summary>
        public Tensor get_state()
        {
            Native.Check(Native.pat_generator_get_state(Handle, out var state));
            return new Tensor(state);
        }

        /// <summary>Restores a state.</summary>
        public void set_state(Tensor value) => Native.Check(Native.pat_generator_set_state(Handle, value.Handle));

        /// <inheritdoc/>
        public void Dispose()
        {
            Free();
            GC.SuppressFinalize(this);
        }

        private void Free()
        {
            if (Handle != 0)
            {
                Native.pat_generator_free(Handle);
                Handle = 0;
            }
        }
    }

    /// <summary>Sets the seed of every default generator.</summary>
    public static Generator manual_seed(long seed)
    {
        Native.Check(Native.pat_manual_seed((ulong)seed));
        return Generator.Default;
    }

    /// <summary>Sets how many threads an operator uses.</summary>
    public static void set_num_threads(int num) => Native.Check(Native.pat_set_num_threads(num));

    /// <summary>How many threads an operator uses.</summary>
    public static int get_num_threads() => Native.pat_get_num_threads();
}
