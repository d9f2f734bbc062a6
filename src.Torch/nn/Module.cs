using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Layers, losses and their functional forms.</summary>
    public static partial class nn
    {
        /// <summary>
        /// A part of a network: parameters, buffers and further modules under names. Components are what
        /// <see cref="RegisterComponents"/> finds in the fields, named like the fields, and what is registered by hand.
        /// </summary>
        public abstract class Module : IDisposable
        {
            private readonly string name;
            private readonly List<(string Name, Parameter Value)> ownParameters = [];
            private readonly List<(string Name, Tensor Value)> ownBuffers = [];
            private readonly List<(string Name, Module Value)> ownModules = [];

            /// <summary>Makes a module without components.</summary>
            /// <param name="name">What <see cref="GetName"/> returns.</param>
            protected Module(string name) => this.name = name;

            /// <summary>True while the module trains: batch statistics, dropout.</summary>
            public virtual bool training { get; private set; } = true;

            /// <summary>The name given at construction.</summary>
            public string GetName() => name;

            /// <summary>Switches between training and evaluation, here and below.</summary>
            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var (_, child) in ownModules)
                {
                    child.train(train);
                }
            }

            /// <summary>Switches to evaluation, here and below.</summary>
            public virtual void eval() => train(false);

            /// <summary>Clears the gradients of all parameters.</summary>
            public virtual void zero_grad()
            {
                foreach (var parameter in parameters())
                {
                    parameter.ClearGradient();
                }
            }

            /// <summary>Calls a function on every module below, then on this one.</summary>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, child) in ownModules)
                {
                    child.apply(fn);
                }
                fn(this);
                return this;
            }

            /// <summary>The modules directly below, with their names.</summary>
            public virtual IEnumerable<(string name, Module module)> named_children() => ownModules;

            /// <summary>The modules directly below.</summary>
            public virtual IEnumerable<Module> children() => ownModules.Select(child => child.Value);

            /// <summary>All modules below, with their paths.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules() =>
                ownModules.SelectMany(child =>
                    child
                        .Value.named_modules()
                        .Select(below => ($"{child.Name}.{below.name}", below.module))
                        .Prepend((child.Name, child.Value))
                );

            /// <summary>All modules below.</summary>
            public virtual IEnumerable<Module> modules() => named_modules().Select(below => below.module);

            /// <summary>The parameters with their paths.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                recurse ? ownParameters.Concat(Below(child => child.named_parameters())) : ownParameters;

            /// <summary>The parameters.</summary>
            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(entry => entry.parameter);

            /// <summary>The buffers with their paths.</summary>
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true)
            {
                return recurse ? ownBuffers.Concat(Below(child => child.named_buffers())) : ownBuffers;
            }

            /// <summary>The buffers.</summary>
            public virtual IEnumerable<Tensor> buffers(bool recurse = true) =>
                named_buffers(recurse).Select(entry => entry.buffer);

            /// <summary>Parameters and buffers by path, in PyTorch's order; not copies.</summary>
            public virtual Dictionary<string, Tensor> state_dict(
                Dictionary<string, Tensor>? destination = null,
                string? prefix = null
            )
            {
                destination ??= [];
                var path = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                foreach (var (key, parameter) in ownParameters)
                {
                    destination[path + key] = parameter;
                }
                foreach (var (key, buffer) in ownBuffers)
                {
                    destination[path + key] = buffer;
                }
                foreach (var (key, child) in ownModules)
                {
                    child.state_dict(destination, path + key);
                }
                return destination;
            }

            /// <summary>Copies values into the parameters and buffers of the same names.</summary>
            /// <exception cref="InvalidOperationException">Strict, and the names differ.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source,
                bool strict = true,
                IList<string>? skip = null
            )
            {
                var destination = state_dict();
                bool Counts(string key) => skip is null || !skip.Contains(key);
                var missing = destination.Keys.Where(key => Counts(key) && !source.ContainsKey(key)).ToList();
                var unexpected = source.Keys.Where(key => Counts(key) && !destination.ContainsKey(key)).ToList();
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                {
                    throw new InvalidOperationException(
                        "The loaded state_dict is not identical to the target dictionary."
                    );
                }
                using var guard = no_grad();
                foreach (var (key, value) in source)
                {
                    if (Counts(key) && destination.TryGetValue(key, out var target))
                    {
                        target.copy_(value);
                    }
                }
                return (missing, unexpected);
            }

            /// <summary>Adds a parameter under a name.</summary>
            public virtual void register_parameter(string name, Parameter param)
            {
                param.DetachFromDisposeScope();
                ownParameters.Add((name, param));
            }

            /// <summary>Adds a buffer: state that is not learned.</summary>
            public virtual void register_buffer(string name, Tensor tensor)
            {
                tensor.DetachFromDisposeScope();
                ownBuffers.Add((name, tensor));
            }

            /// <summary>Adds a module under a name.</summary>
            public virtual void register_module(string name, Module submodule)
            {
                if (ownModules.Any(child => child.Name == name))
                {
                    throw new InvalidOperationException($"Sub-module {name} is already registered.");
                }
                ownModules.Add((name, submodule));
            }

            /// <inheritdoc/>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Frees parameters, buffers and modules.</summary>
            protected virtual void Dispose(bool disposing)
            {
                if (!disposing)
                {
                    return;
                }
                ownParameters.ForEach(entry => entry.Value.Dispose());
                ownBuffers.ForEach(entry => entry.Value.Dispose());
                ownModules.ForEach(entry => entry.Value.Dispose());
            }

            /// <summary>
            /// Registers what the fields hold: parameters, tensors as buffers, modules; under the fields' names.
            /// </summary>
            protected virtual void RegisterComponents()
            {
                foreach (var field in GetType().GetRuntimeFields().Where(field => !field.IsStatic))
                {
                    switch (field.GetValue(this))
                    {
                        case Module module when ownModules.TrueForAll(child => child.Name != field.Name):
                            register_module(field.Name, module);
                            break;
                        case Parameter parameter when ownParameters.TrueForAll(entry => entry.Name != field.Name):
                            register_parameter(field.Name, parameter);
                            break;
                        case Tensor tensor
                            when tensor is not Parameter && ownBuffers.TrueForAll(entry => entry.Name != field.Name):
                            register_buffer(field.Name, tensor);
                            break;
                    }
                }
            }

            internal void ConvertAll(ScalarType? type, Device? device)
            {
                using var guard = no_grad();
                foreach (var tensor in state_dict().Values)
                {
                    var target = IsFloatingPoint(tensor.dtype) ? type : null;
                    if ((target ?? tensor.dtype) == tensor.dtype && device is null)
                    {
                        continue;
                    }
                    var needsGradient = tensor.requires_grad;
                    tensor.Become(
                        device is null ? tensor.to(target!.Value) : tensor.to(target ?? tensor.dtype, device)
                    );
                    tensor.requires_grad = needsGradient;
                }
            }

            private static bool IsFloatingPoint(ScalarType type) =>
                type is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;

            private IEnumerable<(string, T)> Below<T>(Func<Module, IEnumerable<(string Name, T Value)>> entries) =>
                ownModules.SelectMany(child =>
                    entries(child.Value).Select(entry => ($"{child.Name}.{entry.Name}", entry.Value))
                );
        }

        /// <summary>A module that maps two inputs to a result.</summary>
        public abstract class Module<T1, T2, TResult> : Module
        {
            /// <inheritdoc/>
            protected Module(string name)
                : base(name) { }

            /// <summary>What the module computes.</summary>
            public abstract TResult forward(T1 input1, T2 input2);

            /// <summary>Computes the module.</summary>
            public TResult call(T1 input1, T2 input2) => forward(input1, input2);
        }
    }
}

/// <summary>Conversions that return the module's own type.</summary>
public static class ModuleExtensionMethods
{
    /// <summary>Converts the floating-point parameters and buffers.</summary>
    public static T to<T>(this T module, torch.ScalarType type)
        where T : torch.nn.Module
    {
        module.ConvertAll(type, null);
        return module;
    }

    /// <summary>Moves parameters and buffers to a device.</summary>
    public static T to<T>(this T module, torch.Device device)
        where T : torch.nn.Module
    {
        module.ConvertAll(null, device);
        return module;
    }
}
